/** Passkeys by the browser's own WebAuthn; every failure of it becomes a `Refused` in plain words. */

import { signal } from "@preact/signals";
import type { Passkey, Refusal, SignedIn } from "./api.ts";
import { at, get, post, put, remove as removeAt } from "./ask.ts";
import { Refused } from "./shared/http.ts";

const ALL = at("/api/v1/passkeys");
/** As the service has it. */
export const NAME_LENGTH = 60;
const DECLINED = "passkey-declined";

/** True from signing in by code until she takes or declines the offer. */
export const offered = signal(false);

/** Not in old browsers, not without TLS, and not at an address of numbers, which no passkey can be for. */
export function possible(): boolean {
  const isNumbers = /^[\d.]+$|:/.test(location.hostname);
  return !isNumbers && "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

export function offer(): void {
  offered.value = possible() && localStorage.getItem(DECLINED) === null;
}

/** Not asked again on this device; the account screen still has the button. */
export function decline(): void {
  localStorage.setItem(DECLINED, "yes");
  offered.value = false;
}

export const mine = (): Promise<Passkey[]> => get(ALL);
export const rename = (id: string, name: string): Promise<Passkey> =>
  put(at("/api/v1/passkeys/{passkey_id}/name", { passkey_id: id }), { name });
export const remove = (id: string): Promise<void> =>
  removeAt(at("/api/v1/passkeys/{passkey_id}", { passkey_id: id }));

export async function create(): Promise<Passkey> {
  const { options } = await post(at("/api/v1/passkey-challenges"));
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never);
  const made = await told(navigator.credentials.create({ publicKey }));
  const { id, response } = made.toJSON() as RegistrationResponseJSON;
  return await post(ALL, {
    id,
    client_data: response.clientDataJSON,
    attestation: response.attestationObject,
  });
}

export async function signIn(): Promise<SignedIn> {
  const { options } = await post(at("/api/v1/sign-in/passkey-challenges"));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
  const signed = await told(navigator.credentials.get({ publicKey }));
  const { id, response } = signed.toJSON() as AuthenticationResponseJSON;
  return await post(at("/api/v1/sign-in/passkeys"), {
    id,
    client_data: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
    user_handle: response.userHandle ?? "",
  });
}

async function told(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    return (await asked) as PublicKeyCredential;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw new Refused(0, WORDS[name] ?? BROKEN);
  }
}

const CANCELLED: Refusal = {
  code: "passkey_cancelled",
  message: {
    de: "Es wurde kein Passkey benutzt: abgebrochen, zu lange gewartet, oder auf diesem Gerät ist keiner.",
    en: "No passkey was used: cancelled, waited too long, or there is none on this device.",
  },
  next_step: {
    de: "Versuchen Sie es noch einmal, oder lassen Sie sich einen Code schicken.",
    en: "Try again, or have a code sent to you.",
  },
  available_at: null,
  details: null,
};

const KNOWN: Refusal = {
  ...CANCELLED,
  code: "passkey_known",
  message: {
    de: "Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.",
    en: "This device has a passkey for your account already.",
  },
  next_step: { de: "Sie können sich damit anmelden.", en: "You can sign in with it." },
};

const BROKEN: Refusal = {
  ...CANCELLED,
  code: "passkey_impossible",
  message: {
    de: "Dieses Gerät kann hier keinen Passkey benutzen.",
    en: "This device cannot use a passkey here.",
  },
};

const WORDS: Record<string, Refusal> = {
  NotAllowedError: CANCELLED,
  AbortError: CANCELLED,
  InvalidStateError: KNOWN,
};
