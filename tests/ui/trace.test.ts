/** The picture of a movement on a plate. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, isTrace } from "../../shop/ui/shared/trace.ts";

test("goods that left are a step down, drawn from edge to edge", () => {
  const { line, before, after, height, width } = drawn([1000, 1000, 400, 400]);
  assert.equal(line, "0,4 80,4 160,44 240,44");
  assert.deepEqual([before, after, height, width], [4, 44, 48, 240]);
});

test("a touch is a flat line, not a division by nothing", () => {
  assert.equal(drawn([500, 500]).line, "0,44 240,44");
});

test("only what has steps and grams is drawn", () => {
  assert.ok(isTrace({ t0: 1, step_ms: 100, g: [1, 2] }));
  for (const other of [null, "x", { g: [1] }, { step_ms: 1, g: ["1"] }]) assert.ok(!isTrace(other));
});
