/** The binding order: the words on the button are the ones the law wants (§ 312j BGB).
 *  What was ordered before and is still open is only paid. */

import type { Visit } from "../api.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { pay } from "../visit.ts";

export function BindingOrder({ visit, words }: { visit: Visit; words?: string }) {
  const paying = useAction(async () => {
    await pay(visit.id);
    announce(text("ordered"));
  });
  return (
    <>
      {words && <p class="quiet">{words}</p>}
      <RefusalNote refusal={paying.refusal.value} />
      <BusyButton busy={paying.busy} class="big" onClick={() => void paying.run()}>
        {text(visit.paid ? "pay_now" : "pay")}
      </BusyButton>
    </>
  );
}

/** The bank asks the shopper herself; its page comes back to this visit. */
export function Authenticate({ visit }: { visit: Visit }) {
  if (!visit.authenticate_url) return null;
  return (
    <div class="note" role="status">
      <p>{text("now_authenticate")}</p>
      <a class="action" href={visit.authenticate_url}>
        {text("authenticate")}
      </a>
    </div>
  );
}
