/** Where she is signed in, and ending it there. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { accountText } from "../account-texts.ts";
import type { Device } from "../api.ts";
import { at, get, post, remove } from "../ask.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { day } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";

export function Devices() {
  const devices = useSignal<Device[]>([]);
  const loading = useAction(async () => {
    devices.value = await get(at("/api/v1/sessions"));
  });
  const ending = useAction(async (id: string) => {
    await remove(at("/api/v1/sessions/{session_id}", { session_id: id }));
    devices.value = devices.value.filter((device) => device.id !== id);
    announce(accountText("device_ended"));
  });
  const endingOthers = useAction(async () => {
    await post(at("/api/v1/other-sessions/end"));
    devices.value = devices.value.filter((device) => device.current);
    announce(accountText("devices_ended"));
  });
  useEffect(() => void loading.run(), []);
  return (
    <section aria-labelledby="devices">
      <h2 id="devices">{accountText("devices")}</h2>
      <RefusalNote refusal={loading.refusal.value ?? ending.refusal.value} />
      <ul class="plain-list">
        {devices.value.map((device) => (
          <li key={device.id} class="row">
            <span>
              {nameOf(device)}
              <small>{useOf(device)}</small>
            </span>
            {device.current ? (
              <strong>{accountText("device_this")}</strong>
            ) : (
              <button
                type="button"
                class="plain"
                aria-label={accountText("device_end_name", { name: nameOf(device) })}
                onClick={() => void ending.run(device.id)}
              >
                {accountText("device_end")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <RefusalNote refusal={endingOthers.refusal.value} />
      {devices.value.length > 1 && (
        <BusyButton busy={endingOthers.busy} class="outline" onClick={() => void endingOthers.run()}>
          {accountText("devices_end_others")}
        </BusyButton>
      )}
    </section>
  );
}

function nameOf({ browser, system }: Device): string {
  if (browser && system) return accountText("device", { browser, system });
  return browser || system || accountText("device_unknown");
}

function useOf(device: Device): string {
  const since = accountText("device_since", { day: day(device.created_at, language.value) });
  return `${since}, ${accountText("last_used", { day: day(device.used_on, language.value) })}`;
}
