/** Before a full store: she can be told when somebody has come out. */

import { useSignal } from "@preact/signals";
import type { Refusal, Waiting } from "../api.ts";
import { at, post } from "../ask.ts";
import { customer } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { when } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";

/** Nothing for any other refusal. */
export function TellWhenFree({ refusal, store }: { refusal: Refusal | null; store: string }) {
  const waiting = useSignal<Waiting | null>(null);
  const asking = useAction(async () => {
    waiting.value = await post(at("/api/v1/stores/{slug}/free-place-notices", { slug: store }));
  });
  if (refusal?.code !== "store_full") return null;
  if (waiting.value) {
    const facts = {
      email: customer.value?.email ?? "",
      time: when(waiting.value.until, language.value),
    };
    return <p role="status">{text("full_waiting", facts)}</p>;
  }
  return (
    <>
      <RefusalNote refusal={asking.refusal.value} calm />
      <BusyButton busy={asking.busy} type="button" class="outline" onClick={() => void asking.run()}>
        {text("full_tell_me")}
      </BusyButton>
    </>
  );
}
