/** Which devices of the store answer, silent ones first, and what opens its doors. */

import { when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { language } from "../../../shop/ui/shared/i18n.ts";
import type { Device } from "../api.ts";
import { store } from "../desk.ts";
import { text } from "../texts.ts";
import { DoorCodes } from "./door-codes.tsx";

export function Devices() {
  const shown = store.value;
  const devices = shown?.devices.toSorted((a, b) => Number(a.online) - Number(b.online));
  return (
    <>
      <Heading>{text("devices")}</Heading>
      {shown && <p>{text("people_inside", { n: shown.people_inside })}</p>}
      {shown && <DoorCodes key={shown.slug} of={shown} />}
      <ul class="plain-list devices">
        {devices?.map((device) => (
          <li key={device.id} class={device.online ? "" : "silent"}>
            <OneDevice device={device} />
          </li>
        ))}
      </ul>
    </>
  );
}

function OneDevice({ device }: { device: Device }) {
  const seen = device.last_seen_at
    ? text("last_seen", { time: when(device.last_seen_at, language.value) })
    : text("never_seen");
  return (
    <>
      <span>
        <strong>{device.id}</strong> <small>{device.kind}</small>
      </span>
      <span class="amount">
        {device.online ? "● " : "○ "}
        {text(device.online ? "online" : "offline")}
        <small>{seen}</small>
      </span>
    </>
  );
}
