/** Goods by their printed number: held before the camera, typed, or from a hand scanner that presses Enter. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { BasketLine } from "../api.ts";
import { gtinIn } from "../scanner/codes.ts";
import { ScanWithCamera } from "../scanner/scanner.tsx";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { scan } from "../visit.ts";

interface Props {
  visitId: string;
  onAdded: (line: BasketLine | null) => void;
}

export function ScanGoods({ visitId, onAdded }: Props) {
  const camera = useSignal(false);
  const seeing = useAction(async (gtin: string) => onAdded(await scan(visitId, gtin)));
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
    </>
  );
}

export function TypedNumber({ visitId, onAdded }: Props) {
  const gtin = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const scanning = useAction(async () => {
    onAdded(await scan(visitId, gtin.value.replace(/\D/g, "")));
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
