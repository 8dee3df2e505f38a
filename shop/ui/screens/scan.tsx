/** Goods by their printed number: held before the camera, typed, or from a hand scanner that presses Enter. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { gtinIn } from "../scanner/codes.ts";
import { ScanWithCamera } from "../scanner/scanner.tsx";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { scan } from "../visit.ts";

export function Scan({ visitId }: { visitId: string }) {
  const camera = useSignal(false);
  const seeing = useAction((gtin: string) => scan(visitId, gtin));
  return (
    <>
      <ScanWithCamera
        kind="goods"
        open={camera.value}
        onToggle={() => (camera.value = !camera.value)}
        read={gtinIn}
        onFound={seeing.run}
      />
      <RefusalNote refusal={seeing.refusal.value} />
      <TypedScan visitId={visitId} />
    </>
  );
}

function TypedScan({ visitId }: { visitId: string }) {
  const gtin = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const scanning = useAction(async () => {
    await scan(visitId, gtin.value.replace(/\D/g, ""));
    gtin.value = "";
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    await scanning.run();
    field.current?.focus();
  };
  return (
    <form class="field-row" onSubmit={(event) => void submit(event)}>
      <label for="gtin">{text("gtin")}</label>
      <input
        id="gtin"
        ref={field}
        name="gtin"
        inputMode="numeric"
        autocomplete="off"
        pattern="\s*(\d\s*){8,14}"
        required
        maxLength={20}
        aria-describedby="gtin-hint"
        value={gtin.value}
        onInput={(event) => (gtin.value = event.currentTarget.value)}
      />
      <BusyButton busy={scanning.busy} type="submit" class="outline">
        {text("add")}
      </BusyButton>
      <small id="gtin-hint">{text("gtin_hint")}</small>
      <RefusalNote refusal={scanning.refusal.value} />
    </form>
  );
}
