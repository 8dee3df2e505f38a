import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, placeAt, ROUTES, type ScreenName } from "../../shop/ui/routes.ts";

const SCREENS = Object.keys(ROUTES) as ScreenName[];
const ID = "01K9ZZZZZZZZZZZZZZZZZZZZZZ";

test("every screen is found again at its address", () => {
  for (const screen of SCREENS) {
    const id = ROUTES[screen].path.includes(":id") ? ID : "";
    assert.deepEqual(placeAt(addressOf(screen, id)), { screen, id });
  }
});

test("an address that nobody knows leads home", () => {
  for (const odd of ["/nowhere", "/visits/", "/visits/a/b", "/visits/%00", "//", "/visitsX"]) {
    assert.equal(placeAt(odd).screen, "home", odd);
  }
});
