import assert from "node:assert/strict";
import { test } from "node:test";
import type { Visit } from "../../shop/ui/api.ts";
import { at, get, post, put, remove } from "../../shop/ui/ask.ts";

const ID = "01K9ZZZZZZZZZZZZZZZZZZZZZZ";

test("an address is filled in and its values cannot leave their place", () => {
  assert.equal(at("/api/v1/stores"), "/api/v1/stores");
  const line = at("/api/v1/visits/{visit_id}/lines/{sku}", { visit_id: ID, sku: "../pay?x=1" });
  assert.equal(line, `/api/v1/visits/${ID}/lines/..%2Fpay%3Fx%3D1`);
  assert.equal(at("/api/v1/visits/{visit_id}", { visit_id: "$&{visit_id}" }), "/api/v1/visits/%24%26%7Bvisit_id%7D");
  assert.equal(at("/api/v1/pages/{kind}", { kind: "terms", lang: "de" }), "/api/v1/pages/terms?lang=de");
});

/** Never called: each line here that compiled would fail `npm run check`. */
export function whatDoesNotCompile(): Promise<unknown>[] {
  const visit = at("/api/v1/visits/{visit_id}", { visit_id: ID });
  const right: Promise<Visit> = get(visit);
  return [
    right,
    // @ts-expect-error no such address
    get(at("/api/v1/visit")),
    // @ts-expect-error a name is missing
    get(at("/api/v1/visits/{visit_id}")),
    // @ts-expect-error another name
    get(at("/api/v1/visits/{visit_id}", { id: ID })),
    // @ts-expect-error not a name of its query
    get(at("/api/v1/pages/{kind}", { kind: "terms", language: "de" })),
    // @ts-expect-error a method it does not take
    post(visit),
    // @ts-expect-error nothing to delete there
    remove(visit),
    // @ts-expect-error a text is no address
    get("/api/v1/stores"),
    // @ts-expect-error a body is missing
    post(at("/api/v1/visits")),
    // @ts-expect-error another body
    put(at("/api/v1/account/language"), { language: "fr" }),
    // @ts-expect-error takes no body
    post(at("/api/v1/visits/{visit_id}/pay", { visit_id: ID }), {}),
  ];
}
