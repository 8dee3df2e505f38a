/** Calls to our own JSON API; every failure, also a dead line, becomes a `Refused`.
 *  A server that is away, or a line that dropped, is asked again with the same key. */

import { signal } from "@preact/signals";
import type { Refusal } from "../api.ts";
import { hear } from "./clock.ts";
import { answered, keyFor } from "./keys.ts";

const TIMEOUT_MS = 15_000;
/** What proxy or service answer while they restart. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
/** Long enough for a restart; then the shopper decides. */
const PATIENCE_MS = 60_000;
const LONGEST_PAUSE_MS = 10_000;
/** A dead line is told sooner: she may walk to where there is one. */
const LINE_PAUSES_MS = [500, 2_000];

/** True while something waits for the server to come back. */
export const away = signal(false);
/** False once nobody answered, until somebody does. */
export const reachable = signal(true);
let waiting = 0;

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
/** For who has something to show meanwhile: a dead line is told at the first try. */
export const getAtOnce = <T>(path: string): Promise<T> => call<T>("GET", path, undefined, []);
export const post = <T>(path: string, body?: object): Promise<T> => call<T>("POST", path, body);
export const remove = (path: string): Promise<void> => call<void>("DELETE", path);
export const put = <T>(path: string, body?: object): Promise<T> => call<T>("PUT", path, body);

/** Ends the session; a repeat after a lost answer finds it ended. */
export async function leave(path: string): Promise<void> {
  try {
    await call<void>("DELETE", path);
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
  }
}

async function call<T>(
  method: string,
  path: string,
  body?: object,
  pausesMs: readonly number[] = LINE_PAUSES_MS,
): Promise<T> {
  const request = `${method} ${path} ${JSON.stringify(body)}`;
  const key = method === "GET" ? null : keyFor(request);
  const answer = await reachPatiently(method, path, key, pausesMs, body);
  const { status, content } = answer;
  if (status < 500) answered(request); // after a fault of the server nobody knows whether it was done
  if (status === 204) return undefined as T;
  if (status < 400 && content !== null) return content as T;
  if (status === 401) signedOut();
  throw new Refused(status, isRefusal(content) ? content : BROKEN);
}

interface Answer {
  status: number;
  content: unknown;
  /** How long the server asks us to wait, when it is only away. */
  pauseMs: number | null;
}

/** An answer that is final. Gives up as `Refused`, and the same wish keeps its key. */
async function reachPatiently(
  method: string,
  path: string,
  key: string | null,
  pausesMs: readonly number[],
  body?: object,
): Promise<Answer> {
  // counted, not read from the phone's clock, which may be set while we wait
  for (let lost = 0, waitedMs = 0; ; ) {
    const answer = await reach(method, path, key, body);
    const pause = answer ? answer.pauseMs : pausesMs[lost++];
    if (answer && pause === null) return answer;
    waitedMs += pause ?? 0;
    if (pause === undefined || waitedMs > PATIENCE_MS) {
      if (!answer) reachable.value = false;
      throw new Refused(answer?.status ?? 0, isRefusal(answer?.content) ? answer.content : OFFLINE);
    }
    await rest(pause ?? 0);
  }
}

/** null when no answer came. */
async function reach(
  method: string,
  path: string,
  key: string | null,
  body?: object,
): Promise<Answer | null> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (key !== null) {
    headers["X-CSRF-Token"] = csrf;
    headers["Idempotency-Key"] = key;
  }
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    hear(answer.headers.get("Date"));
    const text = await answer.text();
    const content = parsed(text);
    reachable.value = true;
    const isAway = AWAY.has(answer.status) && !(isRefusal(content) && content.code === "not_set_up");
    return { status: answer.status, content, pauseMs: isAway ? pauseOf(answer) : null };
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** As the server asks, and not all phones in the same moment. */
function pauseOf(answer: Response): number {
  const asked = Number(answer.headers.get("Retry-After")) * 1_000 || 2_000;
  return Math.min(asked, LONGEST_PAUSE_MS) * (1 + Math.random() / 4);
}

async function rest(ms: number): Promise<void> {
  waiting += 1;
  away.value = true;
  try {
    await new Promise((wake) => setTimeout(wake, ms));
  } finally {
    waiting -= 1;
    away.value = waiting > 0;
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
