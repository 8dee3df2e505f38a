/** The shopper's visits so far, newest first. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Visit, VisitState } from "../api.ts";
import { at } from "../ask.ts";
import { getOrKept, keep, kept } from "../kept.ts";
import { linkTo } from "../place.ts";
import { useAction } from "../shared/action.ts";
import { euros, when } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { isFinal, path, SEEN } from "../visit.ts";

/** So many of them can be read without a line. */
const LAST = 5;

export function Visits() {
  const visits = useSignal<Visit[] | null>(null);
  const loading = useAction(async () => {
    const found = await getOrKept(at("/api/v1/visits"));
    for (const visit of found.slice(0, LAST).filter(isFinal)) keep(path(visit.id), visit);
    visits.value = found;
  });
  useEffect(() => void loading.run(), []);
  return (
    <section aria-labelledby="visits">
      <h2 id="visits">{text("visits")}</h2>
      <RefusalNote refusal={loading.refusal.value} />
      <EndedUnseen newest={visits.value?.[0]} />
      {visits.value?.length === 0 && <p>{text("no_visits")}</p>}
      <ul class="plain-list">
        {visits.value?.map((visit) => (
          <li key={visit.id}>
            <PastVisit visit={visit} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Her phone was off, or she just walked out: the visit ended by rule, and she hears of it here. */
function EndedUnseen({ newest }: { newest: Visit | undefined }) {
  if (!newest?.entered_at || !newest.ended_at || kept(SEEN) === newest.id) return null;
  const amount = euros(newest.total_cents, language.value);
  return (
    <div class="note" role="status">
      <p>
        <strong>{text("ended_unseen", { time: when(newest.ended_at, language.value) })}</strong>
      </p>
      <p>
        {stateWord(newest.state)}
        {newest.total_cents > 0 && `, ${amount}`}.{" "}
        <a {...linkTo("visit", newest.id)}>{text("show_visit")}</a>
      </p>
    </div>
  );
}

function PastVisit({ visit }: { visit: Visit }) {
  return (
    <a class="row" {...linkTo("visit", visit.id)}>
      <span>
        {visit.store.name}
        <small>{when(visit.created_at, language.value)}</small>
      </span>
      <span class="amount">
        {visit.total_cents > 0 && euros(visit.total_cents, language.value)}
        <small>{stateWord(visit.state)}</small>
        {visit.refunded_cents > 0 && (
          <small>
            {text("refunded_amount", { amount: euros(visit.refunded_cents, language.value) })}
          </small>
        )}
      </span>
    </a>
  );
}

function stateWord(state: VisitState): string {
  switch (state) {
    case "settled":
      return text("state_settled");
    case "empty":
      return text("state_empty");
    case "refused":
      return text("state_refused");
    case "abandoned":
      return text("state_abandoned");
    case "payment_due":
      return text("state_payment_due");
    case "in_review":
      return text("state_in_review");
    default:
      return text("state_open");
  }
}
