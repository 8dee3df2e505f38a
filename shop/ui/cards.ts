/** Saving a card: we start it, the payment service's own page asks for the details. */

import type { PaymentMethod } from "./api.ts";
import { at, get, post, put, remove as removeAt } from "./ask.ts";

const POLL_MS = 500;
const OPENING_TRIES = 40;
const CHECKING_TRIES = 60;

const one = (id: string) => at("/api/v1/payment-methods/{method_id}", { method_id: id });

/** Resolves to a method that is `open` with an address to go to, or `failed`. */
export async function startSaving(): Promise<PaymentMethod> {
  const started = await post(at("/api/v1/payment-methods"), {});
  return await poll(started, OPENING_TRIES, (method) => method.status === "starting", () => {});
}

/** Back from the card page: news may take some seconds; tells each answer, the last one is returned. */
export async function outcome(
  id: string,
  tell: (method: PaymentMethod) => void,
): Promise<PaymentMethod> {
  const first = await read(id);
  tell(first);
  return await poll(first, CHECKING_TRIES, isPending, tell);
}

/** Pays from now on. */
export async function choose(id: string): Promise<void> {
  await put(at("/api/v1/payment-methods/{method_id}/default", { method_id: id }));
}

export const remove = (id: string): Promise<void> => removeAt(one(id));

export function isPending(method: PaymentMethod): boolean {
  return method.status === "starting" || method.status === "open";
}

function read(id: string): Promise<PaymentMethod> {
  return get(one(id));
}

async function poll(
  method: PaymentMethod,
  tries: number,
  again: (method: PaymentMethod) => boolean,
  tell: (method: PaymentMethod) => void,
): Promise<PaymentMethod> {
  let latest = method;
  for (let left = tries; left > 0 && again(latest); left -= 1) {
    await new Promise((wake) => setTimeout(wake, POLL_MS));
    latest = await read(method.id);
    tell(latest);
  }
  return latest;
}
