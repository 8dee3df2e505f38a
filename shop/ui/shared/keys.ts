/** One Idempotency-Key for one wish: sent again after a lost answer, the server does it only once. */

/** Later the same words are a new wish: somebody scans a second bottle. */
const FORGOTTEN_AFTER_MS = 120_000;

interface Wish {
  key: string;
  at: number;
}

const unanswered = new Map<string, Wish>();

/** The same for the same request until it was answered. `now` in ms of a clock that nobody sets: a phone that
 *  is back on the line may get its time from there, between a wish and its repeat. */
export function keyFor(request: string, now: number = performance.now()): string {
  for (const [name, wish] of unanswered) {
    if (now - wish.at > FORGOTTEN_AFTER_MS) unanswered.delete(name);
  }
  const known = unanswered.get(request);
  if (known) return known.key;
  const key = random();
  unanswered.set(request, { key, at: now });
  return key;
}

export function answered(request: string): void {
  unanswered.delete(request);
}

/** `crypto.randomUUID` is missing on pages without TLS, where a shop is tried out. */
function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
