/** Inside: the live basket, what it lacks, order, leave. */

import { useSignal } from "@preact/signals";
import type { Visit } from "../api.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { euros } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { leave } from "../visit.ts";
import { Basket, Totals } from "./basket.tsx";
import { HoldWords } from "./hold.tsx";
import { Missing } from "./missing.tsx";
import { BindingOrder } from "./payment.tsx";

export function Shopping({ visit }: { visit: Visit }) {
  const can = (ability: Visit["can"][number]) => visit.can.includes(ability);
  return (
    <>
      <Heading>{text("basket")}</Heading>
      <p class="quiet">{visit.store.name}</p>
      <Basket visit={visit} />
      {can("scan") && <Missing visit={visit} />}
      <section class="checkout">
        <Totals visit={visit} />
        <HoldWords hold={visit.hold} />
        {can("pay") && <BindingOrder visit={visit} words={text("pay_by_card")} />}
        {visit.paid && (
          <p class="note good" role="status">
            <strong>{text("ordered")}</strong> {text("ordered_more")}
          </p>
        )}
        {visit.checkout_mode === "walk_out" && <p>{text("walk_out_words")}</p>}
        {can("leave") && <Leave visit={visit} />}
        <p class="quiet">{text("leave_words")}</p>
      </section>
    </>
  );
}

function Leave({ visit }: { visit: Visit }) {
  const asking = useSignal(false);
  const leaving = useAction(() => leave(visit.id));
  const unpaid = visit.checkout_mode === "pay_in_app" && !visit.paid && visit.total_cents > 0;
  const press = () => {
    if (unpaid) asking.value = true;
    else void leaving.run();
  };
  const leaveAnyway = () => {
    asking.value = false;
    void leaving.run();
  };
  return (
    <>
      <RefusalNote refusal={leaving.refusal.value} />
      <BusyButton
        busy={leaving.busy}
        class={unpaid ? "secondary outline" : ""}
        onClick={press}
      >
        {text("leave")}
      </BusyButton>
      {asking.value && unpaid && (
        <Dialog title={text("leave_unpaid")} onClose={() => (asking.value = false)}>
          <p>
            {text("leave_unpaid_words", { amount: euros(visit.total_cents, language.value) })}
          </p>
          <BindingOrder visit={visit} words={text("pay_by_card")} />
          <button type="button" class="secondary outline" onClick={leaveAnyway}>
            {text("leave_anyway")}
          </button>
        </Dialog>
      )}
    </>
  );
}
