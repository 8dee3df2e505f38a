/** What opens a store's doors: the code on a sticker, or the one a display shows. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { post } from "../../../shop/ui/shared/http.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Device, Store } from "../api.ts";
import { loadStores } from "../desk.ts";
import { text } from "../texts.ts";

const MODES = ["sticker", "rotating"] as const;
const isDisplay = (device: Device): boolean => device.kind === "display";

export function DoorCodes({ of }: { of: Store }) {
  const done = useSignal("");
  const path = `/api/v1/stores/${encodeURIComponent(of.slug)}`;
  const choosing = useAction(async (mode: Store["door_code_mode"]) => {
    done.value = "";
    await post(`${path}/door-codes`, { mode });
    done.value = text("door_code_chosen", { mode: text(`door_code_${mode}`) });
    await loadStores();
  });
  const adding = useAction(async () => {
    const { devices } = await post<Store>(`${path}/displays`);
    const id = devices.filter(isDisplay).map((device) => device.id).join(", ");
    done.value = text("display_added", { id });
    await loadStores();
  });
  return (
    <section aria-labelledby="door-codes">
      <h2 id="door-codes">{text("door_codes")}</h2>
      <dl data-mode={of.door_code_mode}>
        {MODES.map((mode) => (
          <div key={mode}>
            <dt>
              {text(`door_code_${mode}`)}
              {mode === of.door_code_mode && ` (${text("door_code_now")})`}
            </dt>
            <dd>
              {text(`door_code_${mode}_why`)}
              {mode !== of.door_code_mode && (
                <BusyButton busy={choosing.busy} class="outline" onClick={() => void choosing.run(mode)}>
                  {text("door_code_choose", { mode: text(`door_code_${mode}`) })}
                </BusyButton>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {!of.devices.some(isDisplay) && (
        <p>
          {text("display_none")}{" "}
          <BusyButton busy={adding.busy} class="outline" onClick={() => void adding.run()}>
            {text("display_add")}
          </BusyButton>
        </p>
      )}
      <p class="done" role="status">
        {done.value}
      </p>
      <RefusalNote refusal={choosing.refusal.value ?? adding.refusal.value} />
    </section>
  );
}
