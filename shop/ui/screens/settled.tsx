/** After the visit: what was paid, what became of the hold. */

import type { Visit } from "../api.ts";
import { euros } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { language } from "../shared/i18n.ts";
import { text } from "../texts.ts";
import { Basket, Totals } from "./basket.tsx";
import { HoldFreed, HoldWords } from "./hold.tsx";
import { ContestLine, MyObjections, useObjections } from "./objections.tsx";
import { Authenticate } from "./payment.tsx";
import { ReceiptLinks } from "./receipt.tsx";

export function Settling({ visit }: { visit: Visit }) {
  return (
    <>
      <Heading>{text("settling")}</Heading>
      <p aria-busy="true">{text("settling_words")}</p>
      <Authenticate visit={visit} />
      <Basket visit={visit} />
      <Totals visit={visit} />
    </>
  );
}

export function Settled({ visit }: { visit: Visit }) {
  return visit.state === "empty" ? <Empty visit={visit} /> : <Paid visit={visit} />;
}

function Paid({ visit }: { visit: Visit }) {
  const contested = useObjections(visit.id);
  const refunded = contested.told.value?.objections
    .filter((one) => one.outcome === "refunded")
    .reduce((sum, one) => sum + one.refund_cents, 0);
  const amount = (cents: number) => euros(cents, language.value);
  return (
    <>
      <Heading>{text("settled")}</Heading>
      <div class="note good">
        <p>
          <strong>{text("paid_amount", { amount: amount(visit.paid_cents) })}</strong>
        </p>
        {visit.waived_cents > 0 && (
          <p>{text("waived_amount", { amount: amount(visit.waived_cents) })}</p>
        )}
        {(refunded ?? visit.refunded_cents) > 0 && (
          <p>{text("refunded_amount", { amount: amount(refunded ?? visit.refunded_cents) })}</p>
        )}
        <HoldWords hold={visit.hold} />
      </div>
      <ReceiptLinks visitId={visit.id} />
      <MyObjections contested={contested} />
      <Basket visit={visit} beside={(line) => <ContestLine line={line} contested={contested} />} />
      <Totals visit={visit} />
    </>
  );
}

function Empty({ visit }: { visit: Visit }) {
  return (
    <>
      <Heading>{text("empty")}</Heading>
      <p class="note good">
        <strong>{text("nothing_charged")}</strong>
      </p>
      <HoldFreed visit={visit} />
    </>
  );
}
