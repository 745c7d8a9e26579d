// Sign-up, sign-in and one's own account. What is wrong with fields is in `problems.test.mjs`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isInvalid, isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { newAddress, PASSWORD } from "./support/things.mjs";

let server;
before(async () => (server = await openHost()));
after(closeHosts);

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const signup = (body) => call(server, "POST", "/v1/auth/signup", { body });
const signin = (body) => call(server, "POST", "/v1/auth/signin", { body });
const good = (more = {}) => ({ email: newAddress(), name: "Ada", password: PASSWORD, ...more });

test("sign-up answers 201 with the user and tokens that work", async () => {
  const body = good({ email: newAddress().replace("new", "New"), name: " Ada Lovelace 🧮 " });
  const answer = await signup(body);
  assert.equal(answer.status, 201);
  const { user, access_token, refresh_token, token_type, expires_in } = answer.body;
  assert.match(user.id, UUID_V7);
  assert.deepEqual([user.email, user.name, token_type, expires_in], [body.email, body.name.trim(), "Bearer", 600]);
  assert.ok(refresh_token.length >= 22);
  const me = await ok(server, 200, "GET", "/v1/me", { token: access_token });
  assert.deepEqual([me.id, me.email, me.name, me.email_verified], [user.id, body.email, user.name, false]);
  assert.ok(Math.abs(Date.parse(me.created_at) - Date.now()) < 60_000 && me.created_at.endsWith("Z"), me.created_at);
  assert.ok(!answer.bytes.toString().includes(body.password));
});

test("of twenty sign-ups of one address at once, in any case, one succeeds", async () => {
  const body = good();
  const one = (_, i) => signup({ ...body, email: i % 2 ? body.email : body.email.toUpperCase() });
  const statuses = (await Promise.all(Array.from({ length: 20 }, one))).map((a) => a.status);
  assert.deepEqual(statuses.sort(), [201, ...Array(19).fill(409)]);
});

for (const [what, name] of [
  ["blanks", "  \t "],
  ["a NUL", "a\u0000b"],
  ["a line break", "a\nb"],
  ["a control character", "a\u0007b"],
  ["101 characters outside the BMP", "🦀".repeat(101)],
]) {
  test(`a name of ${what} is refused wherever one is taken`, async () => {
    const person = await shared();
    isInvalid(await signup(good({ name })), "name");
    isInvalid(await person.call("PATCH", "/v1/me", { body: { name } }), "name");
    isInvalid(await person.call("POST", "/v1/rooms", { body: { name } }), "name");
  });
}

test("sign-up names every wrong field at once", async () => isInvalid(await signup({ email: "x", name: "", password: "y" }), "email", "name", "password"));

test("a password has 8 characters to 1024 bytes, of any script", async () => {
  for (const [password, status] of [["1234567", 400], ["🦀".repeat(7), 400], ["🦀".repeat(8), 201], ["x".repeat(1024), 201], ["x".repeat(1025), 400], ["ü".repeat(513), 400]]) {
    const body = good({ password });
    assert.equal((await signup(body)).status, status, `${password.length}`);
    if (status === 201) assert.equal((await signin({ email: body.email, password })).status, 200);
  }
});

test("sign-in: right 200 in any case of the address; wrong password and unknown address the same 401", async () => {
  const person = await shared();
  const right = await signin({ email: person.email.toUpperCase(), password: person.password });
  assert.equal(right.status, 200);
  assert.equal(right.body.user.id, person.id);
  assert.equal(right.body.user.email, person.email);
  const wrong = await signin({ email: person.email, password: "wrong horse battery" });
  const unknown = await signin({ email: newAddress(), password: "wrong horse battery" });
  isProblem(wrong, 401, "invalid_credentials");
  assert.deepEqual(wrong.bytes, unknown.bytes);
  assert.deepEqual(comparable(wrong), comparable(unknown));
});

/** Everything but what counts and what names the call. */
function comparable({ headers }) {
  return [...headers].filter(([name]) => !["date", "x-request-id", "ratelimit"].includes(name));
}

test("sign-in does the same work for a known and an unknown address", async () => {
  const person = await shared();
  const times = { known: [], unknown: [] };
  // In turn, so that what else the machine does hits both.
  for (let i = 0; i < 9; i++) {
    for (const [who, email] of [["known", person.email], ["unknown", newAddress()]]) {
      const begin = performance.now();
      await signin({ email, password: "wrong horse battery" });
      times[who].push(performance.now() - begin);
    }
  }
  const [known, unknown] = [times.known, times.unknown].map((t) => t.sort((a, b) => a - b)[4]);
  // Without a hash to compare with, the unknown one would be ten times as fast.
  assert.ok(unknown > known / 3 && unknown < known * 3, `median ${known.toFixed(1)} ms known, ${unknown.toFixed(1)} ms unknown`);
});

test("PATCH /v1/me changes the name and nothing it was not asked to", async () => {
  const person = await Person.signUp(server);
  const changed = await person.ok(200, "PATCH", "/v1/me", { body: { name: " Countess " } });
  assert.deepEqual([changed.name, changed.email, changed.id], ["Countess", person.email, person.id]);
  for (const body of [{}, { name: null }]) assert.equal((await person.ok(200, "PATCH", "/v1/me", { body })).name, "Countess");
  assert.deepEqual(await person.ok(200, "GET", "/v1/me"), changed);
  for (const body of [{ id: person.id }, { email_verified: true }, { email: "x@example.org" }]) isProblem(await person.call("PATCH", "/v1/me", { body }), 400, "validation_failed");
});

test("DELETE /v1/me erases the account: its tokens, its sign-in, its place in rooms", async () => {
  const [ada, bob] = [await shared(), await Person.signUp(server, "Bob")];
  const [room, other, shelter] = [await ada.createRoom(), await bob.createRoom("Bob's alone"), await bob.createRoom("Shared")];
  await ada.bring(bob, room);
  for (const r of [other, shelter]) await bob.bring(ada, r);
  await bob.ok(200, "PUT", `/v1/rooms/${shelter.id}/members/${ada.id}`, { body: { role: "owner" } });
  const invite = await bob.ok(201, "POST", `/v1/rooms/${shelter.id}/invites`, { body: { role: "viewer" } });
  const again = await bob.signInAgain();
  await bob.ok(204, "DELETE", "/v1/me");
  for (const session of [bob, again]) {
    isProblem(await session.call("GET", "/v1/me"), 401);
    isProblem(await session.call("DELETE", "/v1/me"), 401);
    isProblem(await call(server, "POST", "/v1/auth/refresh", { body: { refresh_token: session.refresh } }), 401);
  }
  isProblem(await signin({ email: bob.email, password: bob.password }), 401, "invalid_credentials");
  for (const r of [room, shelter]) {
    const { items } = await ada.ok(200, "GET", `/v1/rooms/${r.id}/members`);
    assert.deepEqual(items.map((m) => m.user_id), [ada.id]);
  }
  isProblem(await ada.call("GET", `/v1/rooms/${other.id}`), 404, "room_not_found");
  isProblem(await ada.call("POST", `/v1/invites/${invite.code}/accept`), 404, "invite_not_found");
  const anew = await signup({ email: bob.email, name: "Bob", password: bob.password });
  assert.equal(anew.status, 201, "the address is free again");
  assert.deepEqual((await ok(server, 200, "GET", "/v1/rooms", { token: anew.body.access_token })).items, [], "and the newcomer inherits nothing");
});

/** One person for all tests that change nothing about them: hashing is dear. */
let person;
const shared = () => (person ??= Person.signUp(server));
