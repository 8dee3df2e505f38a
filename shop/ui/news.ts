/** What changed in a basket, in words for the ear. */

import type { BasketLine } from "./api.ts";

export interface Change {
  line: BasketLine;
  quantity: number;
}

/** Lines that are new, gone or counted differently; a line that vanished counts 0. */
export function changes(before: BasketLine[], after: BasketLine[]): Change[] {
  const old = new Map(before.map((line) => [line.sku, line]));
  const changed: Change[] = [];
  for (const line of after) {
    if (old.get(line.sku)?.quantity !== line.quantity) changed.push({ line, quantity: line.quantity });
    old.delete(line.sku);
  }
  for (const line of old.values()) changed.push({ line, quantity: 0 });
  return changed;
}
