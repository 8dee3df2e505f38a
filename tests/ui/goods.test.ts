import assert from "node:assert/strict";
import { test } from "node:test";
import type { Product } from "../../shop/ui/api.ts";
import { basePriceWords, contentWords, found } from "../../shop/ui/goods.ts";

const goods = (de: string, en: string, ...gtins: string[]) => ({ name: { de, en }, gtins }) as Product;
const MILK = goods("Frische Vollmilch", "Fresh whole milk", "4099999100170");
const CHEESE = goods("Frischkäse mit Kräutern", "Cream cheese with herbs", "4099999101702");
const CHOCOLATE = goods("Vollmilchschokolade", "Milk chocolate", "4099999108503");
const SALAD = goods("Kartoffelsalat", "Potato salad", "4099999103232");
const STORE = [MILK, CHEESE, CHOCOLATE, SALAD];
const namesOf = (query: string) => found(STORE, query).map((product) => product.name.en);
const plain = (words: string) => words.replace(/\s/g, " ");

test("a content is told in the largest unit that fits, in the reader's language", () => {
  assert.equal(plain(contentWords({ amount: 500, unit: "g" }, "de")), "500 g");
  assert.equal(plain(contentWords({ amount: 1_500, unit: "ml" }, "de")), "1,5 l");
  assert.equal(plain(contentWords({ amount: 1_300, unit: "g" }, "en")), "1.3 kg");
  assert.equal(plain(contentWords({ amount: 10, unit: "piece" }, "de")), "10 Stück");
  assert.equal(plain(contentWords({ amount: 1, unit: "piece" }, "en")), "1 piece");
});

test("the price of a litre is told with its litre", () => {
  assert.equal(plain(basePriceWords({ cents: 300, per: "l" }, "de")), "3,00 €/l");
  assert.equal(plain(basePriceWords({ cents: 3_980, per: "kg" }, "en")), "€39.80/kg");
});

test("goods are found by a part of their name in either language, however it is spelled", () => {
  for (const query of ["käse", "kaese", "KASE", "cheese", "kräuter"]) {
    assert.deepEqual(namesOf(query), ["Cream cheese with herbs"], query);
  }
});

test("all words have to be there, in any order", () => {
  assert.deepEqual(namesOf("mit frisch"), ["Cream cheese with herbs"]);
  assert.deepEqual(namesOf("milch salat"), []);
});

test("what begins with the word comes first", () => {
  assert.deepEqual(namesOf("milk"), ["Milk chocolate", "Fresh whole milk"]);
});

test("a printed number finds its goods", () => {
  assert.deepEqual(namesOf("99991086"), []);
  assert.deepEqual(namesOf("99991085"), ["Milk chocolate"]);
});

test("nothing typed finds nothing", () => {
  assert.deepEqual(namesOf("  "), []);
});
