/** The way out, whom to call and where one is: on a screen of its own, readable without a line. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Store } from "../api.ts";
import { goToVisit, useStateName } from "../place.ts";
import { customer } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { Heading } from "../shared/heading.tsx";
import { knownStores, loadStores } from "../stores.ts";
import { text } from "../texts.ts";

const EMERGENCY = "112";

export function HelpScreen() {
  const stores = useSignal(knownStores());
  // What the phone knows is on the screen already: a look that fails is no news.
  const looking = useAction(async () => {
    if (customer.value) stores.value = await loadStores();
  });
  useEffect(() => void looking.run(), [customer.value?.id]);
  useStateName(stores.value.length > 0 ? "stores" : "unknown");
  const visit = customer.value?.open_visit_id;
  return (
    <>
      <Heading>{text("help")}</Heading>
      <h2>{text("help_stuck")}</h2>
      <p>{text("leave_words")}</p>
      {visit && (
        <button type="button" class="big help" onClick={() => goToVisit(visit)}>
          {text("help_to_visit")}
        </button>
      )}
      <p>
        {text("help_emergency")} <Phone number={EMERGENCY} />
      </p>
      {stores.value.length === 0 && <p>{text("help_unknown")}</p>}
      {stores.value.map(({ slug, name, address, phone }) => (
        <section key={slug} aria-label={name}>
          <h2>{name}</h2>
          <p>{address}</p>
          {phone && <Phone number={phone} />}
        </section>
      ))}
    </>
  );
}

/** The same in a few lines, where somebody is in a store. */
export function Emergency({ address, phone }: Pick<Store, "address" | "phone">) {
  return (
    <p>
      {text("help_emergency")} <Phone number={EMERGENCY} />
      <br />
      {phone && (
        <>
          <Phone number={phone} />
          <br />
        </>
      )}
      {text("help_where", { address })}
    </p>
  );
}

function Phone({ number }: { number: string }) {
  return <a href={`tel:${number.replace(/[^+\d]/g, "")}`}>{text("call", { phone: number })}</a>;
}
