/** One line of a visit: goods, price, deposit; inside the store also where it comes from and her own count. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { BasketLine } from "../api.ts";
import { basketText } from "../basket-texts.ts";
import { useAction } from "../shared/action.ts";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { correct } from "../visit.ts";
import { Why } from "./evidence.tsx";
import { GoodsFacts, GoodsIcon } from "./goods.tsx";
import { isBelowShelf, NotMine } from "./not-mine.tsx";

interface LineProps {
  visitId: string;
  line: BasketLine;
  editable: boolean;
  children: ComponentChildren;
}

export function Line({ visitId, line, editable, children }: LineProps) {
  return (
    <li class="line" data-sku={line.sku}>
      <div class="what">
        <span class="name">
          <GoodsIcon icon={line.icon} />
          {say(line.name)}
        </span>
        <span class="amount">{euros(line.quantity * line.unit_price_cents, language.value)}</span>
      </div>
      <div class="what">
        <small>
          {text("each", { n: line.quantity, price: euros(line.unit_price_cents, language.value) })}
        </small>
        {line.deposit_cents > 0 && (
          <small class="amount">
            {text("deposit_plus", { amount: euros(line.deposit_cents, language.value) })}
          </small>
        )}
      </div>
      <GoodsFacts of={line} />
      {editable && (
        <>
          <Source line={line} />
          <Stepper visitId={visitId} line={line} />
          <Questions visitId={visitId} line={line} />
        </>
      )}
      {children}
    </li>
  );
}

/** Who says so; and where shelf and shopper do not agree, what follows from it. */
function Source({ line }: { line: BasketLine }) {
  const corrected = line.corrected !== null;
  const doubt = line.scanned > line.sensed ? "scanned_only" : "not_sure";
  return (
    <>
      <small class={corrected ? "mark" : ""}>{basketText(`from_${sourceOf(line)}`)}</small>
      {!line.sure && !corrected && <small class="mark">{text(doubt)}</small>}
      {isBelowShelf(line) && <small>{text("corrected_below")}</small>}
    </>
  );
}

function sourceOf({ corrected, quantity, sensed, scanned }: BasketLine) {
  if (corrected !== null) return quantity === 0 && sensed > 0 ? "refused" : "corrected";
  if (sensed > 0) return scanned > 0 ? "both" : "sensed";
  return "scanned";
}

function Stepper({ visitId, line }: { visitId: string; line: BasketLine }) {
  const correcting = useAction((quantity: number) => correct(visitId, line.sku, quantity));
  const change = (by: number) => () => void correcting.run(line.quantity + by);
  const name = say(line.name);
  return (
    <>
      <div class="stepper" role="group" aria-label={`${text("quantity")}: ${name}`}>
        <button
          type="button"
          class="outline"
          aria-label={text("one_less", { name })}
          aria-disabled={line.quantity === 0 || correcting.busy.value}
          onClick={line.quantity > 0 ? change(-1) : undefined}
        >
          −
        </button>
        <span class="count">{line.quantity}</span>
        <button
          type="button"
          class="outline"
          aria-label={text("one_more", { name })}
          aria-disabled={correcting.busy.value}
          onClick={change(+1)}
        >
          +
        </button>
      </div>
      <RefusalNote refusal={correcting.refusal.value} />
    </>
  );
}

function Questions({ visitId, line }: { visitId: string; line: BasketLine }) {
  const open = useSignal(false);
  return (
    <>
      <div class="choices">
        <button
          type="button"
          class="plain"
          aria-label={`${basketText("why")} ${say(line.name)}`}
          aria-expanded={open.value}
          onClick={() => (open.value = !open.value)}
        >
          {basketText("why")}
        </button>
        <NotMine visitId={visitId} line={line} />
      </div>
      {open.value && <Why visitId={visitId} line={line} />}
    </>
  );
}
