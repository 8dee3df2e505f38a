/** Money is still open: what for, how much, and the button that pays it. */

import type { Visit } from "../api.ts";
import { euros } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { Basket, Totals } from "./basket.tsx";
import { BindingOrder } from "./payment.tsx";
import { ReceiptLinks } from "./receipt.tsx";

export function PaymentDue({ visit }: { visit: Visit }) {
  return (
    <>
      <Heading>{text("payment_due")}</Heading>
      <RefusalNote refusal={visit.reason} />
      <p>{text("payment_due_words")}</p>
      <Basket visit={visit} />
      <ReceiptLinks visitId={visit.id} />
      <section class="checkout">
        <Totals visit={visit} />
        <p class="now">{text("pay_due", { amount: euros(visit.open_cents, language.value) })}</p>
        {visit.can.includes("pay") && <BindingOrder visit={visit} />}
      </section>
    </>
  );
}
