/** Money a bank would not take back, the longest owed first: try again, or say how it was paid instead. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { announce } from "../../../shop/ui/shared/announce.tsx";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { euros, when } from "../../../shop/ui/shared/format.ts";
import { get, post } from "../../../shop/ui/shared/http.ts";
import { language } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { FailedRefund } from "../api.ts";
import { useFresh } from "../fresh.ts";
import { text } from "../texts.ts";
import { Fact } from "./fact.tsx";
import { Reason } from "./reason.tsx";

export function FailedRefunds() {
  const owed = useSignal<FailedRefund[]>([]);
  const decided = useSignal("");
  const loading = useFresh(async () => {
    owed.value = await get<FailedRefund[]>("/api/v1/refunds/failed");
  });
  const onDecided = (refund: FailedRefund, words: "retried_refund" | "recorded_by_hand") => {
    decided.value = text(words, { amount: euros(refund.amount_cents, language.value) });
    announce(decided.value);
    owed.value = owed.value.filter((one) => one.id !== refund.id);
  };
  return (
    <>
      <RefusalNote refusal={loading.refusal.value} />
      {decided.value && <p class="note good">{decided.value}</p>}
      {owed.value.length > 0 && (
        <section aria-labelledby="failed-refunds">
          <h2 id="failed-refunds">{text("failed_refunds")}</h2>
          <p>{text("failed_refunds_why")}</p>
          {owed.value.map((refund) => (
            <OneRefund key={refund.id} refund={refund} onDecided={onDecided} />
          ))}
        </section>
      )}
    </>
  );
}

interface Props {
  refund: FailedRefund;
  onDecided: (refund: FailedRefund, words: "retried_refund" | "recorded_by_hand") => void;
}

function OneRefund({ refund, onDecided }: Props) {
  const how = useSignal("");
  const retrying = useAction(async () => {
    await post(`/api/v1/refunds/${refund.id}/retry`);
    onDecided(refund, "retried_refund");
  });
  const recording = useAction(async () => {
    await post(`/api/v1/refunds/${refund.id}/by-hand`, { how: how.value.trim() });
    onDecided(refund, "recorded_by_hand");
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void recording.run();
  };
  const amount = euros(refund.amount_cents, language.value);
  const title = text("failed_refund", { amount, customer: refund.customer });
  return (
    <article aria-label={title} data-refund={refund.id} class="problem">
      <h3>{title}</h3>
      <dl class="facts">
        <Fact name={text("store")} value={refund.store} />
        <Fact name={text("owed_since")} value={when(refund.asked_at, language.value)} />
        <Fact name={text("attempts")} value={String(refund.attempts)} />
        {refund.why && <Fact name={text("bank_says")} value={refund.why} />}
      </dl>
      <RefusalNote refusal={retrying.refusal.value ?? recording.refusal.value} />
      <BusyButton busy={retrying.busy} onClick={() => void retrying.run()}>
        {text("retry_refund")}
      </BusyButton>
      <form onSubmit={submit}>
        <Reason label={text("by_hand_how")} value={how} />
        <BusyButton busy={recording.busy} type="submit" class="outline">
          {text("by_hand")}
        </BusyButton>
      </form>
    </article>
  );
}
