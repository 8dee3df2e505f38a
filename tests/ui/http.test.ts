import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { away, get, leave, post, Refused } from "../../shop/ui/shared/http.ts";
import { answered, keyFor } from "../../shop/ui/shared/keys.ts";

interface Sent {
  method: string;
  key: string | undefined;
}

const UNAVAILABLE = { code: "unavailable", message: { de: "weg", en: "away" } };
const VISIT = { id: "1" };

let sent: Sent[] = [];
let answers: (Response | Error)[] = [];

const json = (status: number, content: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(content), { status, headers });
const gone = () => json(503, UNAVAILABLE, { "Retry-After": "2" });
const proxyAlone = () => new Response("<html>Bad Gateway</html>", { status: 502 });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  sent = [];
  answers = [];
  mock.method(globalThis, "fetch", async (_path: string, how: RequestInit) => {
    const headers = how.headers as Record<string, string>;
    sent.push({ method: how.method ?? "", key: headers["Idempotency-Key"] });
    const answer = answers.shift() ?? json(200, VISIT);
    if (answer instanceof Error) throw answer;
    return answer;
  });
});

/** Lets what waits for the server run, second by second. */
async function passing(seconds: number): Promise<void> {
  for (let left = seconds * 4; left > 0; left -= 1) {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    mock.timers.tick(250);
  }
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("a server that is away is asked again with the same key, and the page says so meanwhile", async () => {
  answers = [gone(), proxyAlone(), json(200, VISIT)];
  const paying = post("/away/pay");
  await passing(1);
  assert.equal(away.value, true);
  await passing(6);
  assert.deepEqual(await paying, VISIT);
  assert.equal(away.value, false);
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map((one) => one.key)).size, 1);
  assert.match(sent[0]?.key ?? "", /^[0-9a-f]{32}$/);
});

test("a lost answer is asked for again with the same key", async () => {
  answers = [new TypeError("connection reset"), json(200, VISIT)];
  const paying = post("/lost/pay");
  await passing(2);
  assert.deepEqual(await paying, VISIT);
  assert.equal(sent[1]?.key, sent[0]?.key);
});

test("pressing again after giving up is the same wish, after an answer it is a new one", async () => {
  answers = Array.from({ length: 3 }, () => new TypeError("no line"));
  const first = assert.rejects(post("/again/scan", { gtin: "1" }), { message: "no_connection" });
  await passing(4);
  await first;
  await post("/again/scan", { gtin: "1" });
  await post("/again/scan", { gtin: "1" });
  const keys = sent.map((one) => one.key);
  assert.equal(new Set(keys.slice(0, 4)).size, 1);
  assert.notEqual(keys[4], keys[3]);
});

test("two taps at once carry one key, two different wishes carry two", async () => {
  await Promise.all([post("/taps", { n: 1 }), post("/taps", { n: 1 }), post("/taps", { n: 2 })]);
  const [one, two, other] = sent.map((call) => call.key);
  assert.equal(one, two);
  assert.notEqual(one, other);
});

test("who waits too long is told what the server said", async () => {
  answers = Array.from({ length: 100 }, gone);
  const refused = assert.rejects(post("/never"), (error: unknown) => {
    return error instanceof Refused && error.status === 503 && error.refusal.code === "unavailable";
  });
  await passing(70);
  await refused;
  assert.ok(sent.length > 20 && sent.length < 40, `${sent.length} attempts in a minute`);
  assert.equal(away.value, false);
});

test("a refusal is final and not asked again", async () => {
  for (const [status, code] of [
    [409, "not_shopping"],
    [429, "too_many_requests"],
    [503, "not_set_up"],
  ] as const) {
    answers = [json(status, { ...UNAVAILABLE, code })];
    await assert.rejects(post(`/refused/${code}`), { message: code });
  }
  assert.equal(sent.length, 3);
});

test("looking needs no key", async () => {
  answers = [gone(), json(200, VISIT)];
  const looking = get("/look");
  await passing(4);
  await looking;
  assert.deepEqual(
    sent.map((one) => one.key),
    [undefined, undefined],
  );
});

test("a sign-out whose answer was lost is done", async () => {
  answers = [new TypeError("reset"), json(401, { ...UNAVAILABLE, code: "sign_in_required" })];
  const leaving = leave("/session");
  await passing(2);
  await leaving;
});

test("an unanswered wish is forgotten after two minutes", () => {
  const key = keyFor("POST /x", 0);
  assert.equal(keyFor("POST /x", 119_000), key);
  assert.notEqual(keyFor("POST /x", 121_000), key);
  answered("POST /x");
});
