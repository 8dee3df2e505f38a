/** The saved cards, and the way to the payment service's card page. */

import { useSignal } from "@preact/signals";
import type { PaymentMethod } from "../api.ts";
import { startSaving } from "../cards.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";

export function Cards({ saved }: { saved: PaymentMethod[] }) {
  if (saved.length === 0) return <SaveCard label={text("save_card")} />;
  return (
    <section aria-labelledby="cards">
      <h2 id="cards">{text("cards")}</h2>
      <ul class="plain-list">
        {saved.map((method) => (
          <li key={method.id}>
            <CardName method={method} />
          </li>
        ))}
      </ul>
      <SaveCard label={text("save_other_card")} quiet />
    </section>
  );
}

export function CardName({ method }: { method: PaymentMethod }) {
  const until =
    method.exp_month &&
    method.exp_year &&
    text("card_until", { month: String(method.exp_month).padStart(2, "0"), year: method.exp_year });
  return (
    <span class="card">
      {text("card", { brand: capital(method.brand ?? ""), last4: method.last4 ?? "" })}
      <small>{[until, method.is_default && text("card_default")].filter(Boolean).join(", ")}</small>
    </span>
  );
}

export function SaveCard({ label, quiet = false }: { label: string; quiet?: boolean }) {
  const failed = useSignal(false);
  const saving = useAction(async () => {
    failed.value = false;
    const method = await startSaving();
    if (method.setup_url) location.assign(method.setup_url);
    else failed.value = true;
  });
  return (
    <>
      {!quiet && <p class="quiet">{text("card_why")}</p>}
      <RefusalNote refusal={saving.refusal.value} />
      {failed.value && <CardFailed />}
      <BusyButton busy={saving.busy} class={quiet ? "outline" : ""} onClick={() => void saving.run()}>
        {saving.busy.value ? text("card_opening") : label}
      </BusyButton>
    </>
  );
}

export function CardFailed() {
  return (
    <div class="note problem" role="alert">
      <p>
        <strong>{text("card_failed")}</strong>
      </p>
      <p>{text("card_failed_next")}</p>
    </div>
  );
}

function capital(brand: string): string {
  return brand.charAt(0).toUpperCase() + brand.slice(1);
}
