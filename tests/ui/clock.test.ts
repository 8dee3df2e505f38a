import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { hear, now } from "../../shop/ui/shared/clock.ts";
import { when } from "../../shop/ui/shared/format.ts";

const TRUE = "2026-03-08T12:00:00Z";
const HEADER = "Sun, 08 Mar 2026 12:00:00 GMT";

afterEach(() => {
  mock.timers.reset();
  hear(new Date().toUTCString());
});

test("a phone whose clock is wrong shows the shop's time", () => {
  for (const wrong of ["2026-03-07T11:00:00Z", "2026-03-09T19:30:00Z", "2001-01-01T00:00:00Z"]) {
    mock.timers.reset();
    mock.timers.enable({ apis: ["Date"], now: Date.parse(wrong) });
    hear(HEADER);
    assert.equal(now().toISOString(), new Date(TRUE).toISOString());
    assert.equal(when("2026-03-08T13:05:00Z", "de"), "14:05");
    assert.match(when("2026-03-07T13:05:00Z", "de"), /^Sa., 7. März, 14:05$/);
  }
});

test("an answer that names no time changes nothing", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-03-08T06:00:00Z") });
  hear(HEADER);
  for (const nothing of [null, "", "soon"]) hear(nothing);
  assert.equal(now().toISOString(), new Date(TRUE).toISOString());
});
