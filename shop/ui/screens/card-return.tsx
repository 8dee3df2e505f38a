/** Back from the card page: was the card saved? */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PaymentMethod } from "../api.ts";
import { isPending, outcome } from "../cards.ts";
import { goHome, useStateName } from "../place.ts";
import { recognise } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Heading } from "../shared/heading.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { CardFailed, CardName, SaveCard } from "./cards.tsx";

export function CardReturn({ id }: { id: string }) {
  const method = useSignal<PaymentMethod | null>(null);
  const checking = useAction(async () => {
    const last = await outcome(id, (latest) => (method.value = latest));
    if (last.status === "saved") announce(text("card_saved"));
    await recognise();
  });
  useEffect(() => {
    const check = () => void checking.run();
    addEventListener("online", check);
    check();
    return () => removeEventListener("online", check);
  }, []);
  useStateName(method.value?.status);
  const waiting = checking.busy.value && (!method.value || isPending(method.value));
  return (
    <>
      <Heading>{text("cards")}</Heading>
      <RefusalNote refusal={checking.refusal.value} />
      {checking.refusal.value && (
        <BusyButton busy={checking.busy} onClick={() => void checking.run()}>
          {text("look_again")}
        </BusyButton>
      )}
      {waiting && (
        <p aria-busy="true">{text(method.value?.status === "open" ? "card_not_yet" : "card_checking")}</p>
      )}
      {method.value && <Outcome method={method.value} />}
    </>
  );
}

function Outcome({ method }: { method: PaymentMethod }) {
  if (method.status === "saved") return <Saved method={method} />;
  return (
    <>
      {method.status === "failed" && (
        <>
          <CardFailed />
          <SaveCard label={text("save_card")} />
        </>
      )}
      {method.status === "open" && method.setup_url && (
        <p>
          {text("card_unfinished")} <a href={method.setup_url}>{text("card_resume")}</a>
        </p>
      )}
      <button type="button" class="plain" onClick={goHome}>
        {text("back")}
      </button>
    </>
  );
}

function Saved({ method }: { method: PaymentMethod }) {
  return (
    <>
      <div class="note good">
        <p>
          <strong>{text("card_saved")}</strong>
        </p>
        <p>
          <CardName method={method} />
        </p>
      </div>
      <button type="button" onClick={goHome}>
        {text("go_on")}
      </button>
    </>
  );
}
