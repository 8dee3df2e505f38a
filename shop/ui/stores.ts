/** The operator's stores; the phone keeps them, for help needs address and phone without a line. */

import type { Store } from "./api.ts";
import { at } from "./ask.ts";
import { getOrKept, kept } from "./kept.ts";

const PATH = at("/api/v1/stores");

export const loadStores = (): Promise<Store[]> => getOrKept(PATH);
export const knownStores = (): Store[] => kept<Store[]>(PATH) ?? [];
