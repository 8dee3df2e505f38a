/** One visit, live: shows the screen that belongs to its state, with help in reach while it is open. */

import { useEffect } from "preact/hooks";
import type { Visit } from "../api.ts";
import { keep } from "../kept.ts";
import { goHome, useStateName } from "../place.ts";
import { useAction } from "../shared/action.ts";
import { Loading } from "../shared/controls.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { follow, isEntering, isFinal, live, load, SEEN, visit } from "../visit.ts";
import { NotEntered, Reviewed } from "./ended.tsx";
import { Entering } from "./entering.tsx";
import { HelpBar } from "./help.tsx";
import { PaymentDue } from "./payment-due.tsx";
import { Settled, Settling } from "./settled.tsx";
import { Shopping } from "./shopping.tsx";

export function VisitScreen({ id }: { id: string }) {
  const loading = useAction(() => load(id));
  useEffect(() => {
    void loading.run();
    return follow(id);
  }, []);

  const shown = visit.value;
  useStateName(shown?.state);
  const ended = Boolean(shown?.ended_at);
  useEffect(() => {
    if (ended) keep(SEEN, id);
  }, [ended]);
  if (!shown) {
    return (
      <>
        <RefusalNote refusal={loading.refusal.value} />
        {loading.refusal.value ? <BackHome /> : <Loading />}
      </>
    );
  }
  return (
    <>
      {!live.value && !isFinal(shown) && (
        <p class="note" role="status">
          {text("reconnecting")}
        </p>
      )}
      <Stage visit={shown} />
      {!inside(shown) && <BackHome />}
      {shown.can.includes("help") && <HelpBar visit={shown} />}
    </>
  );
}

function Stage({ visit: shown }: { visit: Visit }) {
  if (isEntering(shown)) return <Entering visit={shown} />;
  switch (shown.state) {
    case "shopping":
      return <Shopping visit={shown} />;
    case "settling":
      return <Settling visit={shown} />;
    case "payment_due":
      return <PaymentDue visit={shown} />;
    case "in_review":
      return <Reviewed visit={shown} />;
    case "refused":
    case "abandoned":
      return <NotEntered visit={shown} />;
    default:
      return <Settled visit={shown} />;
  }
}

const inside = (shown: Visit): boolean =>
  isEntering(shown) || shown.state === "shopping" || shown.state === "settling";

function BackHome() {
  return (
    <button type="button" class="secondary outline" onClick={goHome}>
      {text("back")}
    </button>
  );
}
