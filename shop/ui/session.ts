/** Who is signed in. */

import { signal } from "@preact/signals";
import type { Customer, Language } from "./api.ts";
import { at, get, getAtOnce, leave, post, put } from "./ask.ts";
import { forget, keep, kept } from "./kept.ts";
import * as passkeys from "./passkeys.ts";
import { goHome, goToVisit, place } from "./place.ts";
import type { ScreenName } from "./routes.ts";
import { keepCsrf, onSignedOut, Refused } from "./shared/http.ts";
import { language } from "./shared/i18n.ts";

/** From these a visit that is still open is what she came for. */
const PASSING: ReadonlySet<ScreenName> = new Set(["home", "sign_in"]);

/** `undefined` until the server has answered for the first time. */
export const customer = signal<Customer | null | undefined>(undefined);

const ME = at("/api/v1/me");

/** The server ended it, not she: told where she signs in again. */
export const endedByServer = signal(false);

onSignedOut(() => {
  endedByServer.value ||= Boolean(customer.value ?? kept<Customer>(ME));
  gone();
});
// Back on the line: who is signed in here may have changed meanwhile.
addEventListener("online", () => void recognise().catch(() => undefined));

export async function recognise(): Promise<void> {
  const known = kept<Customer>(ME);
  try {
    const me = await (known ? getAtOnce(ME) : get(ME));
    welcome(me.customer, me.csrf);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 0 && known) customer.value = known;
    else if (error.status !== 401) throw error;
  }
}

export async function mailCode(email: string): Promise<void> {
  await post(at("/api/v1/sign-in/codes"), { email, language: language.value });
}

export async function signIn(email: string, code: string): Promise<void> {
  const session = await post(at("/api/v1/sign-in/sessions"), {
    email,
    code,
    language: language.value,
  });
  passkeys.offer();
  welcome(session.customer, session.csrf);
}

export async function signInByPasskey(): Promise<void> {
  const session = await passkeys.signIn();
  welcome(session.customer, session.csrf);
}

export async function signOut(): Promise<void> {
  await leave(at("/api/v1/sign-in/sessions/current"));
  gone();
  endedByServer.value = false;
}

/** For the page at once; for mails and the card page as well, if the server hears of it. */
export async function speak(chosen: Language): Promise<void> {
  language.value = chosen;
  customer.value = await put(at("/api/v1/account/language"), { language: chosen });
}

export async function eraseAccount(email: string): Promise<void> {
  await post(at("/api/v1/account/erase"), { email });
  goHome();
  gone();
  endedByServer.value = false;
}

/** Nothing of her stays on this phone. */
function gone(): void {
  forget();
  customer.value = null;
}

function welcome(who: Customer, csrf: string): void {
  keepCsrf(csrf);
  if (kept<Customer>(ME)?.id !== who.id) forget();
  keep(ME, who);
  customer.value = who;
  endedByServer.value = false;
  if (who.open_visit_id && PASSING.has(place.value.screen)) goToVisit(who.open_visit_id);
}
