/** What became of the amount held on the card. */

import { useEffect } from "preact/hooks";
import type { Visit } from "../api.ts";
import { euros, when } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { text } from "../texts.ts";
import { load } from "../visit.ts";

const LOOK_AGAIN_MS = 2_000;

export function HoldWords({ hold }: { hold: Visit["hold"] }) {
  const amount = euros(hold.amount_cents, language.value);
  switch (hold.status) {
    case "released":
      return <p>{text("hold_released", { amount })}</p>;
    case "captured":
      return <p>{text("hold_captured", { amount })}</p>;
    case "placed":
      return hold.release_at ? (
        <p>{text("hold_until", { amount, time: when(hold.release_at, language.value) })}</p>
      ) : (
        <p>{text("hold_placed", { amount })}</p>
      );
    case "none":
      return null;
  }
}

/** After a visit that cost nothing: looks again until the hold is really gone. */
export function HoldFreed({ visit }: { visit: Visit }) {
  const releasing = visit.hold.status === "placed";
  useEffect(() => {
    if (!releasing) return undefined;
    // A look that fails is no news; the words on screen stay true.
    const timer = setInterval(() => void load(visit.id).catch(() => undefined), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [releasing]);
  if (!releasing) return <HoldWords hold={visit.hold} />;
  return <p>{text("hold_releasing", { amount: euros(visit.hold.amount_cents, language.value) })}</p>;
}
