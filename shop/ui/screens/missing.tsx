/** What she took and the basket lacks: the camera is at hand, the other ways are one button away. */

import { useSignal } from "@preact/signals";
import type { BasketLine, Visit } from "../api.ts";
import { basketText } from "../basket-texts.ts";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { text } from "../texts.ts";
import { ByName } from "./by-name.tsx";
import { GoodsFacts, GoodsIcon } from "./goods.tsx";
import { askForHelp } from "./help.tsx";
import { ScanGoods, TypedNumber } from "./scan.tsx";

export function Missing({ visit }: { visit: Visit }) {
  const open = useSignal(false);
  const added = useSignal<BasketLine | null>(null);
  const onAdded = (line: BasketLine | null) => (added.value = line);
  return (
    <section class="missing" aria-label={basketText("missing")}>
      <button
        type="button"
        class="secondary outline"
        aria-expanded={open.value}
        onClick={() => (open.value = !open.value)}
      >
        {basketText("missing")}
      </button>
      {open.value && <p>{basketText("missing_words")}</p>}
      <ScanGoods visitId={visit.id} onAdded={onAdded} />
      {added.value && <Added line={added.value} />}
      {open.value && (
        <>
          <TypedNumber visitId={visit.id} onAdded={onAdded} />
          <ByName visit={visit} />
          <p>{basketText("missing_help")}</p>
          <button type="button" class="secondary outline" onClick={askForHelp}>
            {basketText("missing_call")}
          </button>
        </>
      )}
    </section>
  );
}

/** What was scanned last, for the eye, where the basket is out of sight; the ear is told of every change anyway. */
function Added({ line }: { line: BasketLine }) {
  return (
    <div class="note good added" data-added={line.sku}>
      <GoodsIcon icon={line.icon} />
      <div>
        <strong>{basketText("added", { name: say(line.name) })}</strong>
        <small class="facts">
          {euros(line.unit_price_cents, language.value)}
          {line.unit_deposit_cents > 0 &&
            ` ${text("deposit_plus", { amount: euros(line.unit_deposit_cents, language.value) })}`}
        </small>
        <GoodsFacts of={line} />
        <small class="facts">{basketText("added_now", { n: line.quantity })}</small>
      </div>
    </div>
  );
}
