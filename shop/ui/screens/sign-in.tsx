/** Sign in with a code sent by mail, or with a passkey. */

import { useSignal } from "@preact/signals";
import { accountText } from "../account-texts.ts";
import * as passkeys from "../passkeys.ts";
import { useStateName } from "../place.ts";
import { endedByServer, mailCode, signIn, signInByPasskey } from "../session.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Heading } from "../shared/heading.tsx";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { LiveCodeLater } from "./live-code.tsx";

export function SignIn() {
  const sentTo = useSignal(lastSentTo());
  const sent = (email: string | null) => {
    remember(email);
    sentTo.value = email;
  };
  return sentTo.value === null ? (
    <AskForCode onSent={sent} />
  ) : (
    <EnterCode email={sentTo.value} onOther={() => sent(null)} />
  );
}

/** A phone may throw the page away while she reads the code in her mails. */
const SENT = "code sent to";
const VALID_MS = 10 * 60_000; // as long as the service takes the code

function remember(email: string | null): void {
  if (email === null) sessionStorage.removeItem(SENT);
  else sessionStorage.setItem(SENT, JSON.stringify({ email, at: Date.now() }));
}

function lastSentTo(): string | null {
  const kept = JSON.parse(sessionStorage.getItem(SENT) ?? "null") as { email: string; at: number } | null;
  return kept && Math.abs(Date.now() - kept.at) < VALID_MS ? kept.email : null;
}

function AskForCode({ onSent }: { onSent: (email: string) => void }) {
  useStateName("email");
  const email = useSignal("");
  const sending = useAction(async () => {
    await mailCode(email.value);
    announce(text("code_sent", { to: email.value }));
    onSent(email.value);
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void sending.run();
  };
  return (
    <form onSubmit={submit}>
      <Heading>{text("sign_in")}</Heading>
      {endedByServer.value && (
        <div class="note" role="status">
          <p>{text("session_ended")}</p>
        </div>
      )}
      <p>{text("sign_in_why")}</p>
      <LiveCodeLater />
      <label>
        {text("email")}
        <input
          type="email"
          name="email"
          autocomplete="email"
          required
          maxLength={254}
          value={email.value}
          onInput={(event) => (email.value = event.currentTarget.value)}
        />
      </label>
      <RefusalNote refusal={sending.refusal.value} />
      <BusyButton busy={sending.busy} type="submit">
        {text("send_code")}
      </BusyButton>
      {passkeys.possible() && <ByPasskey />}
    </form>
  );
}

function ByPasskey() {
  const signing = useAction(signInByPasskey);
  return (
    <>
      <RefusalNote refusal={signing.refusal.value} />
      <BusyButton
        busy={signing.busy}
        type="button"
        class="outline"
        onClick={() => void signing.run()}
      >
        {accountText("passkey_sign_in")}
      </BusyButton>
    </>
  );
}

function EnterCode({ email, onOther }: { email: string; onOther: () => void }) {
  useStateName("code");
  const code = useSignal("");
  const checking = useAction(async () => {
    await signIn(email, code.value.replace(/\s/g, ""));
    remember(null);
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void checking.run();
  };
  return (
    <form onSubmit={submit}>
      <Heading>{text("sign_in")}</Heading>
      <p>{text("code_sent", { to: email })}</p>
      <LiveCodeLater />
      <label>
        {text("code")}
        <input
          class="code"
          name="code"
          inputMode="numeric"
          autocomplete="one-time-code"
          pattern="\s*(\d\s*){6}"
          required
          maxLength={12}
          value={code.value}
          onInput={(event) => (code.value = event.currentTarget.value)}
        />
      </label>
      <RefusalNote refusal={checking.refusal.value} />
      <BusyButton busy={checking.busy} type="submit">
        {text("sign_in")}
      </BusyButton>
      <button type="button" class="plain" onClick={onOther}>
        {text("other_email")}
      </button>
    </form>
  );
}
