/** Her account: who she is here, how it looks, what pays, what opens it, and how it ends. */

import { accountText } from "../account-texts.ts";
import type { Customer } from "../api.ts";
import { goHome, useStateName } from "../place.ts";
import { Heading } from "../shared/heading.tsx";
import { text } from "../texts.ts";
import { AccountCards } from "./account-cards.tsx";
import { Devices } from "./devices.tsx";
import { DisplayChoices } from "./display.tsx";
import { Passkeys } from "./passkeys.tsx";
import { PersonalData } from "./personal.tsx";

export function Account({ who }: { who: Customer }) {
  useStateName("shown");
  return (
    <>
      <Heading>{accountText("account")}</Heading>
      <p>
        {accountText("email")}: <strong>{who.email}</strong>
      </p>
      <DisplayChoices />
      <AccountCards saved={who.payment_methods.filter((method) => method.status === "saved")} />
      <Passkeys />
      <Devices />
      <PersonalData />
      <button type="button" class="plain" onClick={goHome}>
        {text("back")}
      </button>
    </>
  );
}
