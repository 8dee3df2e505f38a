/** Who is signed in. */

import { signal } from "@preact/signals";
import type { Customer, SignedIn } from "./api.ts";
import { goToVisit, place } from "./place.ts";
import { get, keepCsrf, leave, onSignedOut, post, Refused } from "./shared/http.ts";
import { language } from "./shared/i18n.ts";

/** `undefined` until the server has answered for the first time. */
export const customer = signal<Customer | null | undefined>(undefined);

onSignedOut(() => (customer.value = null));

export async function recognise(): Promise<void> {
  try {
    const me = await get<{ customer: Customer; csrf: string }>("/api/v1/me");
    welcome(me.customer, me.csrf);
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
  }
}

export async function mailCode(email: string): Promise<void> {
  await post("/api/v1/sign-in/codes", { email, language: language.value });
}

export async function signIn(email: string, code: string): Promise<void> {
  const session = await post<SignedIn>("/api/v1/sign-in/sessions", {
    email,
    code,
    language: language.value,
  });
  welcome(session.customer, session.csrf);
}

export async function signOut(): Promise<void> {
  await leave("/api/v1/sign-in/sessions/current");
  customer.value = null;
}

function welcome(who: Customer, csrf: string): void {
  keepCsrf(csrf);
  customer.value = who;
  const looksElsewhere = place.value.visit ?? place.value.card;
  if (who.open_visit_id && !looksElsewhere) goToVisit(who.open_visit_id);
}
