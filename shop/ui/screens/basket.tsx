/** The lines of a visit with price and deposit apart, and the sum. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { BasketLine, Visit } from "../api.ts";
import { changes } from "../news.ts";
import { announce } from "../shared/announce.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { text } from "../texts.ts";
import { isFinal } from "../visit.ts";
import { Line } from "./line.tsx";

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
