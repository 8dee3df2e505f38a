/** Passkeys: the offer after signing in by code, and those there are. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { accountText } from "../account-texts.ts";
import type { Passkey } from "../api.ts";
import * as passkeys from "../passkeys.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { day } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";

export function PasskeyOffer() {
  const creating = useAction(async () => {
    await passkeys.create();
    announce(accountText("passkey_created"));
    passkeys.offered.value = false;
  });
  if (!passkeys.offered.value) return null;
  return (
    <section class="note" aria-labelledby="passkey-offer">
      <h2 id="passkey-offer">{accountText("passkey_offer")}</h2>
      <p>{accountText("passkeys_why")}</p>
      <RefusalNote refusal={creating.refusal.value} />
      <div class="pair">
        <BusyButton busy={creating.busy} onClick={() => void creating.run()}>
          {accountText("passkey_create")}
        </BusyButton>
        <button type="button" class="secondary outline" onClick={passkeys.decline}>
          {accountText("passkey_not_now")}
        </button>
      </div>
    </section>
  );
}

export function Passkeys() {
  const mine = useSignal<Passkey[]>([]);
  const loading = useAction(async () => {
    mine.value = await passkeys.mine();
  });
  const creating = useAction(async () => {
    mine.value = [...mine.value, await passkeys.create()];
    announce(accountText("passkey_created"));
  });
  const removing = useAction(async (id: string) => {
    await passkeys.remove(id);
    mine.value = mine.value.filter((passkey) => passkey.id !== id);
    announce(accountText("passkey_removed"));
  });
  const naming = useSignal<Passkey | null>(null);
  const renamed = (now: Passkey) => {
    mine.value = mine.value.map((passkey) => (passkey.id === now.id ? now : passkey));
    naming.value = null;
    announce(accountText("passkey_renamed", { name: now.name }));
  };
  useEffect(() => void loading.run(), []);
  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">{accountText("passkeys")}</h2>
      <p class="quiet">{accountText("passkeys_why")}</p>
      <RefusalNote refusal={loading.refusal.value ?? removing.refusal.value} />
      <ul class="plain-list">
        {mine.value.map((passkey) => (
          <li key={passkey.id} class="row">
            <span>
              {passkey.name}
              <small>{useOf(passkey)}</small>
            </span>
            <button
              type="button"
              class="plain"
              aria-label={accountText("passkey_rename_name", { name: passkey.name })}
              onClick={() => (naming.value = passkey)}
            >
              {accountText("passkey_rename")}
            </button>
            <button
              type="button"
              class="plain"
              aria-label={accountText("passkey_remove", { name: passkey.name })}
              onClick={() => void removing.run(passkey.id)}
            >
              {accountText("remove")}
            </button>
          </li>
        ))}
      </ul>
      {naming.value && (
        <Rename passkey={naming.value} onDone={renamed} onClose={() => (naming.value = null)} />
      )}
      <RefusalNote refusal={creating.refusal.value} />
      {passkeys.possible() ? (
        <BusyButton busy={creating.busy} class="outline" onClick={() => void creating.run()}>
          {accountText("passkey_create")}
        </BusyButton>
      ) : (
        <p class="quiet">{accountText("passkeys_impossible")}</p>
      )}
    </section>
  );
}

interface RenameProps {
  passkey: Passkey;
  onDone: (renamed: Passkey) => void;
  onClose: () => void;
}

function Rename({ passkey, onDone, onClose }: RenameProps) {
  const name = useSignal(passkey.name);
  const renaming = useAction(async () => onDone(await passkeys.rename(passkey.id, name.value.trim())));
  const submit = (event: Event) => {
    event.preventDefault();
    void renaming.run();
  };
  return (
    <Dialog title={accountText("passkey_rename_name", { name: passkey.name })} onClose={onClose}>
      <form onSubmit={submit}>
        <label>
          {accountText("passkey_name")}
          <input
            name="passkey-name"
            autocomplete="off"
            required
            pattern=".*\S.*"
            maxLength={passkeys.NAME_LENGTH}
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </label>
        <RefusalNote refusal={renaming.refusal.value} />
        <BusyButton busy={renaming.busy} type="submit">
          {accountText("save")}
        </BusyButton>
      </form>
    </Dialog>
  );
}

function useOf(passkey: Passkey): string {
  const on = (iso: string) => ({ day: day(iso, language.value) });
  const used = passkey.last_used_at
    ? accountText("last_used", on(passkey.last_used_at))
    : accountText("never_used");
  return `${accountText("added", on(passkey.created_at))}, ${used}`;
}
