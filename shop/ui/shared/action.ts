/** One button's work: busy while it runs, and the refusal it met. */

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { Refusal } from "../api.ts";
import { reachable, refusalOf } from "./http.ts";

export interface Action<Args extends unknown[]> {
  busy: ReadonlySignal<boolean>;
  refusal: ReadonlySignal<Refusal | null>;
  run: (...args: Args) => Promise<void>;
}

/** A second press while the first still runs does nothing. */
export function useAction<Args extends unknown[]>(
  act: (...args: Args) => Promise<unknown>,
): Action<Args> {
  const busy = useSignal(false);
  const refusal = useSignal<Refusal | null>(null);
  useSignalEffect(() => {
    // the line is back: what it was to blame for is no news any more
    if (reachable.value && refusal.peek()?.code === "no_connection") refusal.value = null;
  });
  const run = async (...args: Args): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    refusal.value = null;
    try {
      await act(...args);
    } catch (error) {
      refusal.value = refusalOf(error);
    } finally {
      busy.value = false;
    }
  };
  return { busy, refusal, run };
}
