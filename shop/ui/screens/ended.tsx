/** Visits that need no more from the shopper: not let in, ended early, or with a person for review. */

import type { Visit } from "../api.ts";
import { goHome } from "../place.ts";
import { Heading } from "../shared/heading.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { Basket, Totals } from "./basket.tsx";
import { HoldFreed, HoldWords } from "./hold.tsx";

export function NotEntered({ visit }: { visit: Visit }) {
  return (
    <>
      <Heading>{text(visit.state === "refused" ? "refused" : "abandoned")}</Heading>
      <RefusalNote refusal={visit.reason} />
      {!visit.reason && (
        <p class="note good">
          <strong>{text("nothing_charged")}</strong>
        </p>
      )}
      <HoldFreed visit={visit} />
      <button type="button" onClick={goHome}>
        {text("try_again")}
      </button>
    </>
  );
}

export function Reviewed({ visit }: { visit: Visit }) {
  return (
    <>
      <Heading>{text("in_review")}</Heading>
      <RefusalNote refusal={visit.reason} calm />
      <p>{text("in_review_words")}</p>
      <HoldWords hold={visit.hold} />
      <Basket visit={visit} />
      {visit.lines.length > 0 && <Totals visit={visit} />}
    </>
  );
}
