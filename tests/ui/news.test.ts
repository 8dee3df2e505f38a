import assert from "node:assert/strict";
import { test } from "node:test";
import type { BasketLine } from "../../shop/ui/api.ts";
import { changes, grown } from "../../shop/ui/news.ts";

const line = (sku: string, quantity: number) => ({ sku, quantity }) as BasketLine;
const told = (before: BasketLine[], after: BasketLine[]) =>
  changes(before, after).map((change) => [change.line.sku, change.quantity]);

test("a line that came is told with its quantity", () => {
  assert.deepEqual(told([], [line("milk", 2)]), [["milk", 2]]);
});

test("only the line that changed is told", () => {
  assert.deepEqual(told([line("milk", 2), line("bread", 1)], [line("milk", 3), line("bread", 1)]), [
    ["milk", 3],
  ]);
});

test("a line that went away is told as none left", () => {
  assert.deepEqual(told([line("milk", 2)], []), [["milk", 0]]);
});

test("the same basket again is no news", () => {
  assert.deepEqual(told([line("milk", 2)], [line("milk", 2)]), []);
});

const entered = (sku: string, quantity: number, scanned: number) => ({ sku, quantity, scanned }) as BasketLine;

test("what was scanned is found even where the shelf had counted it before", () => {
  const bread = entered("bread", 1, 1);
  assert.equal(grown([entered("milk", 1, 0), bread], [entered("milk", 1, 1), bread])?.sku, "milk");
  assert.equal(grown([bread], [bread, entered("milk", 1, 1)])?.sku, "milk");
  assert.equal(grown([bread], [bread]), null);
});
