/** The door promise, live: each step from the question to the open door. */

import { useEffect } from "preact/hooks";
import type { DoorPromise, Visit } from "../api.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Heading } from "../shared/heading.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { cancel } from "../visit.ts";
import { HoldWords } from "./hold.tsx";

type Step = Exclude<DoorPromise, "ended">;

const STEPS: Step[] = ["asking", "card_hold", "unlocking", "unlocked", "open"];
const STEPS_WITH_BANK: Step[] = [
  "asking",
  "authenticate",
  "card_hold",
  "unlocking",
  "unlocked",
  "open",
];

export function Entering({ visit }: { visit: Visit }) {
  const cancelling = useAction(() => cancel(visit.id));
  const now = visit.promise === "ended" ? "open" : visit.promise;
  const news = text(`now_${now}`);
  useEffect(() => announce(news), [news]);

  return (
    <>
      <Heading>{text("promise")}</Heading>
      <p class={`now now-${now}`}>{news}</p>
      {visit.authenticate_url && (
        <a class="action big" href={visit.authenticate_url}>
          {text("authenticate")}
        </a>
      )}
      <Steps now={now} bank={now === "authenticate"} />
      <HoldWords hold={visit.hold} />
      <p class="quiet">{text("promise_words")}</p>
      <RefusalNote refusal={cancelling.refusal.value} />
      {visit.can.includes("cancel") && (
        <BusyButton
          busy={cancelling.busy}
          class="secondary outline"
          onClick={() => void cancelling.run()}
        >
          {text("cancel")}
        </BusyButton>
      )}
    </>
  );
}

function Steps({ now, bank }: { now: Step; bank: boolean }) {
  const steps = bank ? STEPS_WITH_BANK : STEPS;
  const reached = steps.indexOf(now);
  return (
    <ol class="steps">
      {steps.map((step, index) => (
        <li
          key={step}
          class={index < reached ? "done" : ""}
          aria-current={index === reached ? "step" : undefined}
        >
          {text(`step_${step}`)}
          {index < reached && <span class="visually-hidden"> – {text("done")}</span>}
        </li>
      ))}
    </ol>
  );
}
