/** Staff sign in with e-mail and password. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import { signIn } from "../desk.ts";
import { text } from "../texts.ts";

export function SignIn() {
  const email = useSignal("");
  const password = useSignal("");
  const checking = useAction(() => signIn(email.value, password.value));
  const submit = (event: Event) => {
    event.preventDefault();
    void checking.run();
  };
  return (
    <form class="narrow" onSubmit={submit}>
      <Heading>{text("sign_in")}</Heading>
      <label>
        {text("email")}
        <input
          type="email"
          name="email"
          autocomplete="username"
          required
          maxLength={254}
          value={email.value}
          onInput={(event) => (email.value = event.currentTarget.value)}
        />
      </label>
      <label>
        {text("password")}
        <input
          type="password"
          name="password"
          autocomplete="current-password"
          required
          maxLength={200}
          value={password.value}
          onInput={(event) => (password.value = event.currentTarget.value)}
        />
      </label>
      <RefusalNote refusal={checking.refusal.value} />
      <BusyButton busy={checking.busy} type="submit">
        {text("sign_in")}
      </BusyButton>
    </form>
  );
}
