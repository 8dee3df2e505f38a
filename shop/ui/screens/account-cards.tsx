/** Her cards to look after: which one pays, and letting one go. */

import { accountText } from "../account-texts.ts";
import type { PaymentMethod } from "../api.ts";
import { choose, remove } from "../cards.ts";
import { recognise } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { CardName, SaveCard } from "./cards.tsx";

export function AccountCards({ saved }: { saved: PaymentMethod[] }) {
  const choosing = useAction(async (id: string) => {
    await choose(id);
    await recognise();
    announce(accountText("card_chosen"));
  });
  const removing = useAction(async (id: string) => {
    await remove(id);
    await recognise();
    announce(accountText("card_removed"));
  });
  return (
    <section aria-labelledby="cards">
      <h2 id="cards">{accountText("cards")}</h2>
      <RefusalNote refusal={choosing.refusal.value ?? removing.refusal.value} />
      <ul class="plain-list">
        {saved.map((method) => (
          <li key={method.id} class="row">
            <CardName method={method} />
            <span class="choices">
              {!method.is_default && (
                <button
                  type="button"
                  class="plain"
                  aria-label={accountText("card_choose_name", { last4: method.last4 ?? "" })}
                  onClick={() => void choosing.run(method.id)}
                >
                  {accountText("card_choose")}
                </button>
              )}
              <button
                type="button"
                class="plain"
                aria-label={accountText("card_remove_name", { last4: method.last4 ?? "" })}
                onClick={() => void removing.run(method.id)}
              >
                {accountText("remove")}
              </button>
            </span>
          </li>
        ))}
      </ul>
      <SaveCard label={saved.length ? text("save_other_card") : text("save_card")} quiet />
    </section>
  );
}
