/** What became of the amount held on the card. */

import type { Visit } from "../api.ts";
import { euros, when } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { text } from "../texts.ts";

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
