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

/** The line of which more was scanned or entered; the shelf may have counted it before. */
export function grown(before: BasketLine[], after: BasketLine[]): BasketLine | null {
  const scanned = new Map(before.map((line) => [line.sku, line.scanned]));
  return after.find((line) => line.scanned > (scanned.get(line.sku) ?? 0)) ?? null;
}
