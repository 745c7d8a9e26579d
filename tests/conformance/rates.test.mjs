// Rates as they are in production, on a host of its own. Each test calls from an address of its own where addresses are counted.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isProblem } from "../support/problem.mjs";
import { exact } from "./support/exact.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { newAddress, NOWHERE, PASSWORD, people } from "./support/things.mjs";

after(closeHosts);
const server = await openHost("strict");
const [ada, bob] = await people(server, "Ada", "Bob");

let places = 10;
/** How to call from where nobody called before. */
const elsewhere = () => server.caller(`127.0.0.${++places}`);
const post = (path, body, from) => exact(server, "POST", path, { ...from, raw: JSON.stringify(body), headers: { "content-type": "application/json", ...from.headers } });

/** `RateLimit-Policy` and `RateLimit`: `{name, q, w, r, t}`. */
function rate({ headers }) {
  const [, name, q, w] = /^"(\w+)";q=(\d+);w=(\d+)$/.exec(headers.get("ratelimit-policy")) ?? assert.fail("no RateLimit-Policy");
  const [, same, r, t] = /^"(\w+)";r=(\d+);t=(\d+)$/.exec(headers.get("ratelimit")) ?? assert.fail("no RateLimit");
  assert.equal(name, same);
  return { name, q: Number(q), w: Number(w), r: Number(r), t: Number(t) };
}

/** Calls until a call is refused, many at once: the refusal, and how many were let through. */
async function exhaust(one, most) {
  for (let sent = 0; sent < most; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => one(sent + i)));
    const refused = answers.find((a) => a.status === 429);
    if (refused) return { refused, through: sent + answers.filter((a) => a.status !== 429).length };
  }
  throw new assert.AssertionError({ message: `${most} calls were answered` });
}

function isRefused(answer, name) {
  isProblem(answer, 429, "rate_limited");
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(Number.isInteger(seconds) && seconds >= 1, String(seconds));
  assert.match(answer.body.detail, /\d+ s/);
  if (name) {
    const { name: counted, r } = rate(answer);
    assert.deepEqual([counted, r], [name, 0]);
  }
  return seconds;
}

test("calls are counted by user: the burst, a refusal that says when, and then it works again", async () => {
  const create = () => ada.call("PATCH", "/v1/me", { body: {} });
  const first = rate(await create());
  assert.deepEqual([first.name, first.q, first.w], ["write", 120, 60]);
  assert.ok(first.r <= 119 && first.r > 100 && first.t <= 60, JSON.stringify(first));
  const { refused, through } = await exhaust(create, 800);
  const seconds = isRefused(refused, "write");
  // Two a second come back meanwhile.
  assert.ok(through >= 119, `${through} were let through`);
  assert.equal((await bob.call("PATCH", "/v1/me", { body: {} })).status, 200, "another user is not slowed");
  assert.equal((await ada.call("GET", "/v1/me")).status, 200, "another rate is not used up");
  await pause(seconds * 1000);
  assert.equal((await create()).status, 200);
});

test("an invalid call counts, one without a token does not", async () => {
  const [person] = await people(server, "Clumsy");
  const before = rate(await person.call("POST", "/v1/rooms", { body: { name: "x" } })).r;
  for (let i = 0; i < 5; i++) isProblem(await person.call("POST", "/v1/rooms", { body: {} }), 400, "validation_failed");
  assert.ok(rate(await person.call("POST", "/v1/rooms", { body: { name: "x" } })).r <= before - 4);
  assert.equal((await exact(server, "POST", "/v1/rooms", {})).headers.get("ratelimit"), null);
});

for (const [name, path, quota] of [["signup", "/v1/auth/signup", 30], ["signin", "/v1/auth/signin", 30], ["session", "/v1/auth/refresh", 120]]) {
  test(`${path} is counted by address, which a header does not change`, async () => {
    const [here, there] = [elsewhere(), elsewhere()];
    const lie = (i) => ({ "x-forwarded-for": `198.51.100.${i % 250}`, forwarded: `for=198.51.100.${i % 250}`, "x-real-ip": `198.51.100.${i % 250}` });
    const one = (i) => post(path, {}, { ...here, headers: { ...lie(i), ...here.headers } });
    assert.deepEqual([rate(await one(0)).name, rate(await one(0)).q], [name, quota]);
    const { refused, through } = await exhaust(one, 6 * quota);
    isRefused(refused, name);
    assert.ok(through >= quota - 2, `${through} were let through`);
    isProblem(await post(path, {}, there), 400, "validation_failed");
    assert.equal((await exact(server, "GET", "/healthz", here)).status, 200);
  });
}

test("failed sign-ins are counted by e-mail address, known or not; a success forgets them", async () => {
  const attempt = (email, password, from) => post("/v1/auth/signin", { email, password }, from);
  for (const email of [bob.email, newAddress()]) {
    const from = elsewhere();
    if (email === bob.email) {
      for (let i = 0; i < 9; i++) assert.equal((await attempt(email, "wrong", from)).status, 401);
      assert.equal((await attempt(email, PASSWORD, from)).status, 200);
    }
    for (let i = 0; i < 10; i++) assert.equal((await attempt(email, "wrong", from)).status, 401, `${i}`);
    const seconds = isRefused(await attempt(email.toUpperCase(), PASSWORD, elsewhere()));
    assert.ok(seconds > 5, `${seconds} s`);
  }
  assert.equal((await attempt(ada.email, PASSWORD, elsewhere())).status, 200, "others can sign in");
});

test("health, keys and the description have no rate", async () => {
  const from = elsewhere();
  for (const path of ["/healthz", "/readyz", "/.well-known/jwks.json", "/v1/limits"]) {
    for (let i = 0; i < 4; i++) {
      const answers = await Promise.all(Array.from({ length: 15 }, () => exact(server, "GET", path, from)));
      assert.ok(answers.every((a) => a.status === 200 && !a.headers.has("ratelimit")), `${path}: ${answers.map((a) => a.status)}`);
    }
  }
});

/** Operations whose calls are let through without harm: public ones from one address each, the others by one user, about nothing. */
for (const operation of server.description.operations.filter((o) => o.declares(429, "rate_limited") && o.id !== "deleteMe")) {
  test(`${operation.id} answers 429 rate_limited`, async () => {
    const { refused } = await exhaust(await harmless(operation), 2000);
    isRefused(refused);
  });
}

let sam;
async function harmless({ method, path, isSignedIn }) {
  if (!isSignedIn) {
    const from = elsewhere();
    return () => post(path, {}, from);
  }
  sam ??= (await people(server, "Sam"))[0];
  const nowhere = path.replace(/\{\w+\}/g, NOWHERE);
  return () => sam.call(method, nowhere, ["GET", "DELETE"].includes(method) ? {} : { body: {} });
}

test("deleteMe answers 429 rate_limited", async () => {
  for (let i = 0; i < 5; i++) {
    const [person] = await people(server, "Doomed");
    await exhaust(() => person.call("PATCH", "/v1/me", { body: {} }), 800);
    const answer = await person.call("DELETE", "/v1/me");
    if (answer.status === 429) return isRefused(answer, "write");
    // A call came back just then: the account is gone, and it is another's turn.
    assert.equal(answer.status, 204);
  }
  assert.fail("five accounts were erased");
});
