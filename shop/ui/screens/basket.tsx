/** The lines of a visit with price and deposit apart, and the sum. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { BasketLine, Visit } from "../api.ts";
import { changes } from "../news.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { correct, isFinal } from "../visit.ts";

interface BasketProps {
  visit: Visit;
  /** What else there is to do about a line. */
  beside?: (line: BasketLine) => ComponentChildren;
}

export function Basket({ visit, beside }: BasketProps) {
  useSpokenChanges(visit);
  const editable = visit.can.includes("correct");
  return (
    <section class="basket" aria-label={text("basket")}>
      {visit.lines.length === 0 && <p>{text("basket_empty")}</p>}
      <ul class="lines">
        {visit.lines.map((line) => (
          <Line key={line.sku} visitId={visit.id} line={line} editable={editable}>
            {beside?.(line)}
          </Line>
        ))}
      </ul>
      {visit.unclear > 0 && !isFinal(visit) && <p class="note">{text("unclear", { n: visit.unclear })}</p>}
    </section>
  );
}

interface LineProps {
  visitId: string;
  line: BasketLine;
  editable: boolean;
  children: ComponentChildren;
}

function Line({ visitId, line, editable, children }: LineProps) {
  const correcting = useAction((quantity: number) => correct(visitId, line.sku, quantity));
  const name = say(line.name);
  const change = (by: number) => () => void correcting.run(line.quantity + by);
  return (
    <li class="line" data-sku={line.sku}>
      <div class="what">
        <span class="name">{name}</span>
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
      {editable && (
        <>
          <Marks line={line} />
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
        </>
      )}
      <RefusalNote refusal={correcting.refusal.value} />
      {children}
    </li>
  );
}

function Marks({ line }: { line: BasketLine }) {
  const corrected = line.corrected !== null;
  const doubt = line.scanned > line.sensed ? "scanned_only" : "not_sure";
  return (
    <>
      {!line.sure && !corrected && <small class="mark">{text(doubt)}</small>}
      {corrected && <small class="mark">{text("corrected")}</small>}
      {corrected && line.quantity < line.sensed && <small>{text("corrected_below")}</small>}
    </>
  );
}

export function Totals({ visit }: { visit: Visit }) {
  const amount = (cents: number) => euros(cents, language.value);
  return (
    <dl class="totals">
      {visit.deposit_cents > 0 && (
        <>
          <dt>{text("goods")}</dt>
          <dd>{amount(visit.total_cents - visit.deposit_cents)}</dd>
          <dt>{text("deposit")}</dt>
          <dd>{amount(visit.deposit_cents)}</dd>
        </>
      )}
      <dt class="sum">
        {text("total")} <small>{text("vat_included")}</small>
      </dt>
      <dd class="sum">{amount(visit.total_cents)}</dd>
    </dl>
  );
}

function useSpokenChanges(visit: Visit): void {
  const before = useRef(visit.lines);
  useEffect(() => {
    const spoken = changes(before.current, visit.lines).map(({ line, quantity }) =>
      text("line_changed", {
        name: say(line.name),
        n: quantity,
        total: euros(visit.total_cents, language.value),
      }),
    );
    before.current = visit.lines;
    if (spoken.length > 0) announce(spoken.join(" "));
  }, [visit]);
}
