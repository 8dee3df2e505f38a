/** Outside a visit: the door, the card, the visits so far. */

import type { Customer } from "../api.ts";
import { useStateName } from "../place.ts";
import { Heading } from "../shared/heading.tsx";
import { text } from "../texts.ts";
import { Answers } from "./answers.tsx";
import { Cards } from "./cards.tsx";
import { Door } from "./door.tsx";
import { Agreement } from "./legal.tsx";
import { LiveCodeLater } from "./live-code.tsx";
import { PasskeyOffer } from "./passkeys.tsx";
import { Visits } from "./visits.tsx";

export function Home({ who }: { who: Customer }) {
  const saved = who.payment_methods.filter((method) => method.status === "saved");
  useStateName(saved.length > 0 ? "door" : "no_card");
  return (
    <>
      <Agreement />
      <PasskeyOffer />
      <Answers />
      {saved.length > 0 ? (
        <Door />
      ) : (
        <>
          <Heading>{text("cards")}</Heading>
          <p>{text("card_first")}</p>
          <LiveCodeLater />
        </>
      )}
      <Cards saved={saved} />
      <Visits />
      <p class="quiet">{who.email}</p>
    </>
  );
}
