/** Her data: a copy to take along, and erasing the account. */

import { useSignal } from "@preact/signals";
import { accountText } from "../account-texts.ts";
import { at } from "../ask.ts";
import { eraseAccount } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { RefusalNote } from "../shared/refusal.tsx";

const COPY = at("/api/v1/account/export");

export function PersonalData() {
  const asking = useSignal(false);
  return (
    <section aria-labelledby="data">
      <h2 id="data">{accountText("data")}</h2>
      <p class="quiet">{accountText("copy_why")}</p>
      <a class="action outline" href={COPY} download="account.json">
        {accountText("copy")}
      </a>
      <p class="quiet">{accountText("erase_why")}</p>
      <button type="button" class="secondary outline" onClick={() => (asking.value = true)}>
        {accountText("erase")}
      </button>
      {asking.value && <Erase onClose={() => (asking.value = false)} />}
    </section>
  );
}

function Erase({ onClose }: { onClose: () => void }) {
  const email = useSignal("");
  const erasing = useAction(async () => {
    await eraseAccount(email.value);
    announce(accountText("erased"));
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void erasing.run();
  };
  return (
    <Dialog title={accountText("erase")} onClose={onClose}>
      <p>{accountText("erase_what")}</p>
      <form onSubmit={submit}>
        <label>
          {accountText("erase_confirm")}
          <input
            type="email"
            name="confirm"
            autocomplete="off"
            required
            maxLength={254}
            value={email.value}
            onInput={(event) => (email.value = event.currentTarget.value)}
          />
        </label>
        <RefusalNote refusal={erasing.refusal.value} />
        <BusyButton busy={erasing.busy} type="submit" class="help">
          {accountText("erase_now")}
        </BusyButton>
      </form>
    </Dialog>
  );
}
