import assert from "node:assert/strict";
import { test } from "node:test";
import { doorIn, gtinIn, Sightings } from "../../shop/ui/scanner/codes.ts";

const OURS = "https://shop.example.org";

test("a door's code is an address of ours that names a door, and perhaps its store", () => {
  assert.deepEqual(doorIn(`${OURS}/?door=K7Q29MXD4TBA`, OURS), { door: "K7Q29MXD4TBA", store: null });
  assert.deepEqual(doorIn(`${OURS}/?store=witzenhausen&door=WIZ-1`, OURS), {
    door: "WIZ-1",
    store: "witzenhausen",
  });
});

test("somebody else's address and garbage are no door's code", () => {
  for (const foreign of [
    "https://shop.example.com/?door=K7Q29MXD4TBA",
    "http://shop.example.org/?door=K7Q29MXD4TBA",
    "https://shop.example.org.evil.example/?door=K7Q29MXD4TBA",
    `${OURS}/?door=`,
    `${OURS}/r/abc`,
    "javascript:alert(1)",
    "WIFI:S:guest;T:WPA;P:secret;;",
    "K7Q29MXD4TBA",
    "",
  ]) {
    assert.equal(doorIn(foreign, OURS), null, foreign);
  }
});

test("goods are eight to fourteen digits", () => {
  for (const good of ["40170725", "036000291452", "4099999107315", "14099999107312"])
    assert.equal(gtinIn(good), good);
  for (const bad of ["", "1234567", "409999910731X", "https://shop.example.org"]) assert.equal(gtinIn(bad), null);
});

test("what stays in sight counts once, and anew after two seconds out of it", () => {
  const sightings = new Sightings();
  const seen = [0, 125, 1_900, 3_800, 5_799, 7_799].map((at) => sightings.isNew("4099999107315", at));
  assert.deepEqual(seen, [true, false, false, false, false, true]);
});

test("another thing counts at once, and the first not again for having been away a moment", () => {
  const sightings = new Sightings();
  assert.equal(sightings.isNew("cola", 0), true);
  assert.equal(sightings.isNew("milk", 500), true);
  assert.equal(sightings.isNew("cola", 1_000), false);
});
