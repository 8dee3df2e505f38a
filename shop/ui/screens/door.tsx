/** Before the visit: which door, what it means for the card, one big button. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Store } from "../api.ts";
import { doorCode, forgetDoorCode, goToVisit, isLiveCodeOld, storeSlug } from "../place.ts";
import { type DoorCode, doorIn } from "../scanner/codes.ts";
import { ScanWithCamera } from "../scanner/scanner.tsx";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { euros } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { loadStores } from "../stores.ts";
import { text } from "../texts.ts";
import { openDoor } from "../visit.ts";
import { TellWhenFree } from "./full.tsx";

export function Door() {
  const stores = useSignal<Store[]>([]);
  const chosen = useSignal(storeSlug());
  const mustScanAgain = useSignal(isLiveCodeOld());
  const code = useSignal(mustScanAgain.value ? "" : doorCode());
  const scanning = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const loading = useAction(async () => {
    stores.value = await loadStores();
  });
  useEffect(() => void loading.run(), []);

  const store = stores.value.find((one) => one.slug === chosen.value) ?? stores.value[0];
  const asking = useAction(async () => {
    if (!store) return loading.run(); // nobody enters on terms she was not shown
    const visit = await openDoor(code.value.replace(/\s/g, ""), store.slug);
    goToVisit(visit.id);
  });
  // a press before the terms are there would be lost
  const busy = useComputed(
    () => asking.busy.value || (stores.value.length === 0 && !loading.refusal.value),
  );
  const isOld = asking.refusal.value?.code === "old_door_code";
  useEffect(() => {
    if (!isOld) return;
    forgetDoorCode();
    code.value = "";
  }, [isOld]);
  const focus = (selector: string) => form.current?.querySelector<HTMLElement>(selector)?.focus();
  const take = (found: DoorCode) => {
    code.value = found.door;
    chosen.value = found.store ?? chosen.value;
    scanning.value = false;
    mustScanAgain.value = false;
    announce(text("door_code_read"));
    focus("[type=submit]");
  };
  const scanAgain = () => {
    scanning.value = true;
    focus(".scan button");
  };
  const binding = store?.checkout_mode === "walk_out";
  const submit = (event: Event) => {
    event.preventDefault();
    void asking.run();
  };
  return (
    <form ref={form} onSubmit={submit}>
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
      {mustScanAgain.value && (
        <p class="note" role="status">
          <strong>{text("live_code_old")}</strong>
        </p>
      )}
      <ScanWithCamera
        kind="door"
        open={scanning.value}
        onToggle={() => (scanning.value = !scanning.value)}
        read={(read) => doorIn(read, location.origin)}
        onFound={take}
      />
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
        {store?.open && <TellWhenFree refusal={asking.refusal.value} store={store.slug} />}
        {isOld && (
          <button type="button" class="outline" onClick={scanAgain}>
            {text("scan_door_again")}
          </button>
        )}
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
          <RefusalNote refusal={store.refusal}>
            <TellWhenFree refusal={store.refusal} store={store.slug} />
          </RefusalNote>
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
