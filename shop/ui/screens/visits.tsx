/** The shopper's visits so far, newest first. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Visit, VisitState } from "../api.ts";
import { goToVisit } from "../place.ts";
import { useAction } from "../shared/action.ts";
import { euros, when } from "../shared/format.ts";
import { get } from "../shared/http.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";

export function Visits() {
  const visits = useSignal<Visit[] | null>(null);
  const loading = useAction(async () => {
    visits.value = await get<Visit[]>("/api/v1/visits");
  });
  useEffect(() => void loading.run(), []);
  return (
    <section aria-labelledby="visits">
      <h2 id="visits">{text("visits")}</h2>
      <RefusalNote refusal={loading.refusal.value} />
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

function PastVisit({ visit }: { visit: Visit }) {
  const open = (event: Event) => {
    event.preventDefault();
    goToVisit(visit.id);
  };
  return (
    <a href={`/?visit=${visit.id}`} class="row" onClick={open}>
      <span>
        {visit.store.name}
        <small>{when(visit.created_at, language.value)}</small>
      </span>
      <span class="amount">
        {visit.total_cents > 0 && euros(visit.total_cents, language.value)}
        <small>{stateWord(visit.state)}</small>
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
