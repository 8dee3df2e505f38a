/** Visits that wait for a person, oldest first. */

import { useSignal } from "@preact/signals";
import { announce } from "../../../shop/ui/shared/announce.tsx";
import { Loading } from "../../../shop/ui/shared/controls.tsx";
import { euros, when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Cause, Review, Verdict, VisitForStaff } from "../api.ts";
import { useFresh } from "../fresh.ts";
import { text } from "../texts.ts";
import { Decide } from "./decide.tsx";
import { EvidenceFold } from "./evidence.tsx";
import { Fact } from "./fact.tsx";

export function Reviews() {
  const reviews = useSignal<Review[] | null>(null);
  const decided = useSignal("");
  const loading = useFresh(async () => {
    reviews.value = await get<Review[]>("/api/v1/reviews");
  });
  const onDecided = (visit: VisitForStaff, verdict: Verdict) => {
    decided.value = text(`decided_${verdict}`);
    announce(decided.value);
    reviews.value = reviews.value?.filter((review) => review.visit.id !== visit.id) ?? null;
  };
  return (
    <>
      <Heading>{text("reviews")}</Heading>
      <RefusalNote refusal={loading.refusal.value} />
      {decided.value && <p class="note good">{decided.value}</p>}
      {reviews.value === null && loading.busy.value && <Loading />}
      {reviews.value?.length === 0 && <p>{text("no_reviews")}</p>}
      {reviews.value?.map((review) => (
        <OneReview key={review.visit.id} review={review} onDecided={onDecided} />
      ))}
    </>
  );
}

interface Props {
  review: Review;
  onDecided: (visit: VisitForStaff, verdict: Verdict) => void;
}

function OneReview({ review, onDecided }: Props) {
  const { visit, causes } = review;
  const title = text("review_of", { time: when(visit.created_at, language.value) });
  return (
    <article aria-label={title} data-visit={visit.id}>
      <h2>{title}</h2>
      <dl class="facts">
        <Fact name={text("store")} value={visit.store.name} />
        <Fact name={text("door")} value={visit.door} />
        <Fact name={text("customer")} value={visit.customer} />
        <Fact name={text("held")} value={euros(visit.hold.amount_cents, language.value)} />
        <Fact name={text("ordered")} value={text(visit.paid ? "yes" : "no")} />
      </dl>
      <h3>{text("causes")}</h3>
      <ul class="plain-list">
        {causes.map((cause) => (
          <li key={`${cause.kind} ${cause.at}`}>
            <OneCause cause={cause} />
          </li>
        ))}
      </ul>
      <Decide visit={visit} onDecided={onDecided} />
    </article>
  );
}

function OneCause({ cause }: { cause: Cause }) {
  return (
    <>
      <p class="cause">
        <strong>{say(cause.text)}</strong> <small>{when(cause.at, language.value)}</small>
      </p>
      <EvidenceFold of={cause.evidence} open />
    </>
  );
}
