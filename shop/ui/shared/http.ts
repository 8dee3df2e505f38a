/** Calls to our own JSON API; every failure, also a dead line, becomes a `Refused`. */

import type { Refusal } from "../api.ts";

const TIMEOUT_MS = 15_000;

export class Refused extends Error {
  readonly status: number;
  readonly refusal: Refusal;

  constructor(status: number, refusal: Refusal) {
    super(refusal.code);
    this.status = status;
    this.refusal = refusal;
  }
}

let csrf = "";
let signedOut: () => void = () => {};

export function keepCsrf(token: string): void {
  csrf = token;
}

/** What to do when the server no longer knows us. */
export function onSignedOut(react: () => void): void {
  signedOut = react;
}

export const get = <T>(path: string): Promise<T> => call<T>("GET", path);
export const post = <T>(path: string, body?: object): Promise<T> => call<T>("POST", path, body);
export const put = <T>(path: string, body: object): Promise<T> => call<T>("PUT", path, body);
export const remove = (path: string): Promise<void> => call<void>("DELETE", path);

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await reach(method, path, body);
  if (answer.status === 204) return undefined as T;
  const content: unknown = await answer.json().catch(() => null);
  if (answer.ok && content !== null) return content as T;
  if (answer.status === 401) signedOut();
  throw new Refused(answer.status, isRefusal(content) ? content : BROKEN);
}

async function reach(method: string, path: string, body?: object): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new Refused(0, OFFLINE);
  }
}

function isRefusal(content: unknown): content is Refusal {
  return typeof content === "object" && content !== null && "code" in content && "message" in content;
}

/** What to show for anything thrown while talking to the server. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  throw error;
}

const OFFLINE: Refusal = {
  code: "no_connection",
  message: {
    de: "Der Laden-Server ist gerade nicht erreichbar.",
    en: "The shop's server cannot be reached right now.",
  },
  next_step: {
    de: "Prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.",
    en: "Check your internet connection and try again.",
  },
  available_at: null,
  details: null,
};

const BROKEN: Refusal = {
  code: "unexpected_answer",
  message: {
    de: "Das hat nicht geklappt. Der Fehler liegt bei uns.",
    en: "That did not work. The fault is on our side.",
  },
  next_step: { de: "Bitte versuchen Sie es gleich noch einmal.", en: "Please try again in a moment." },
  available_at: null,
  details: null,
};
