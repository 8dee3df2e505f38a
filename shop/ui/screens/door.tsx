/** Before the visit: which door, what it means for the card, one big button. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Store } from "../api.ts";
import { doorCode, goToVisit, storeSlug } from "../place.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { euros } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { get } from "../shared/http.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { openDoor } from "../visit.ts";

export function Door() {
  const stores = useSignal<Store[]>([]);
  const chosen = useSignal(storeSlug());
  const code = useSignal(doorCode());
  const loading = useAction(async () => {
    stores.value = await get<Store[]>("/api/v1/stores");
  });
  useEffect(() => void loading.run(), []);

  const store = stores.value.find((one) => one.slug === chosen.value) ?? stores.value[0];
  const asking = useAction(async () => {
    if (!store) return loading.run(); // nobody enters on terms she was not shown
    const visit = await openDoor(code.value.trim(), store.slug);
    goToVisit(visit.id);
  });
  // a press before the terms are there would be lost
  const busy = useComputed(
    () => asking.busy.value || (stores.value.length === 0 && !loading.refusal.value),
  );
  const binding = store?.checkout_mode === "walk_out";
  const submit = (event: Event) => {
    event.preventDefault();
    void asking.run();
  };
  return (
    <form onSubmit={submit}>
      <Heading>{text("enter")}</Heading>
      <RefusalNote refusal={loading.refusal.value} />
      {stores.value.length > 1 && (
        <label>
          {text("store")}
          <select
            value={store?.slug}
            onChange={(event) => (chosen.value = event.currentTarget.value)}
          >
            {stores.value.map((one) => (
              <option key={one.slug} value={one.slug}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {store && <StoreFacts store={store} />}
      <label>
        {text("door_code")}
        <input
          class="code"
          name="door_code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          required
          maxLength={64}
          aria-describedby="door-code-hint"
          value={code.value}
          onInput={(event) => (code.value = event.currentTarget.value)}
        />
        <small id="door-code-hint">{text("door_code_hint")}</small>
      </label>
      <p>{store && text("hold_before", { amount: euros(store.hold_cents, language.value) })}</p>
      {binding && <p>{text("binding_why")}</p>}
      <RefusalNote refusal={asking.refusal.value}>
        <UnpaidVisit details={asking.refusal.value?.details ?? null} />
      </RefusalNote>
      <BusyButton busy={busy} type="submit" class="big">
        {text(binding ? "unlock_binding" : "unlock")}
      </BusyButton>
      <p class="quiet">{text("promise_words")}</p>
    </form>
  );
}

function StoreFacts({ store }: { store: Store }) {
  return (
    <>
      <p>
        <strong>{store.name}</strong>
        <br />
        {store.address}
      </p>
      {!store.open &&
        (store.refusal ? (
          <RefusalNote refusal={store.refusal} />
        ) : (
          <p class="note problem">{text("closed_now")}</p>
        ))}
    </>
  );
}

/** A refusal may point at the visit that stands in the way. */
function UnpaidVisit({ details }: { details: Record<string, unknown> | null }) {
  const id = details?.["visit_id"];
  if (typeof id !== "string") return null;
  return (
    <button type="button" class="outline" onClick={() => goToVisit(id)}>
      {text("show_visit")}
    </button>
  );
}
