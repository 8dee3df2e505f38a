import assert from "node:assert/strict";
import { test } from "node:test";
import { day, euros, when } from "../../shop/ui/shared/format.ts";

const plain = (text: string) => text.replace(/\s/g, " ");

test("cents are shown as euros in the reader's way", () => {
  assert.equal(plain(euros(123_456, "de")), "1.234,56 €");
  assert.equal(plain(euros(123_456, "en")), "€1,234.56");
  assert.equal(plain(euros(5, "de")), "0,05 €");
});

test("a time of today is only a clock time, in the shop's zone", () => {
  const now = new Date("2026-07-01T12:00:00Z");
  assert.equal(when("2026-07-01T06:05:00Z", "de", now), "08:05");
});

test("today ends at the shop's midnight, not at UTC's", () => {
  const now = new Date("2026-07-01T21:30:00Z");
  assert.equal(when("2026-07-01T21:59:00Z", "de", now), "23:59");
  assert.match(when("2026-07-01T22:01:00Z", "de", now), /Do.*2.*Juli.*00:01/);
});

test("another year is named", () => {
  const now = new Date("2026-07-01T12:00:00Z");
  assert.match(when("2025-12-24T12:00:00Z", "de", now), /2025/);
  assert.equal(day("2026-12-31T23:30:00Z", "de"), "1. Jan. 2027");
});
