// Sign-up, sign-in, refresh, sign-out and one's own account.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isInvalid, isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const signup = (body) => call(server, "POST", "/v1/auth/signup", { body });
const signin = (body) => call(server, "POST", "/v1/auth/signin", { body });
const refresh = (refresh_token) => call(server, "POST", "/v1/auth/refresh", { body: { refresh_token } });
const good = (more = {}) => ({ email: `new${Math.random()}@example.org`, name: "Ada", password: "correct horse battery", ...more });

test("sign-up answers 201 with the user and tokens that work", async () => {
  const body = good({ name: "Ada Lovelace 🧮" });
  const answer = await signup(body);
  assert.equal(answer.status, 201);
  const { user, access_token, refresh_token, token_type, expires_in } = answer.body;
  assert.match(user.id, UUID_V7);
  assert.deepEqual([user.email, user.name, token_type], [body.email, body.name, "Bearer"]);
  assert.ok(Number.isInteger(expires_in) && expires_in > 0 && expires_in <= 3600);
  assert.ok(refresh_token.length >= 22);
  const me = await ok(server, 200, "GET", "/v1/me", { token: access_token });
  assert.deepEqual([me.id, me.email, me.name, me.email_verified], [user.id, body.email, body.name, false]);
  assert.match(me.created_at, RFC_3339_UTC);
  assert.ok(!answer.bytes.toString().includes(body.password));
});

test("an address signs up once, whatever its case", async () => {
  const body = good();
  assert.equal((await signup(body)).status, 201);
  for (const email of [body.email, body.email.toUpperCase()]) isProblem(await signup({ ...body, email }), 409);
});

test("of twenty sign-ups of one address at once one succeeds", async () => {
  const body = good();
  const statuses = (await Promise.all(Array.from({ length: 20 }, () => signup(body)))).map((a) => a.status);
  assert.deepEqual(statuses.sort(), [201, ...Array(19).fill(409)]);
});

for (const [what, more, field] of [
  ["no at sign", { email: "nobody" }, "email"],
  ["an empty address", { email: "" }, "email"],
  ["an address with a line break", { email: "a@example.org\r\nBcc: b@example.org" }, "email"],
  ["an address of 10,000 characters", { email: `${"a".repeat(10_000)}@example.org` }, "email"],
  ["an empty name", { name: "" }, "name"],
  ["a name of blanks", { name: "  \t " }, "name"],
  ["a name of 20,000 characters", { name: "x".repeat(20_000) }, "name"],
  ["a name with a control character", { name: "a\u0000b" }, "name"],
  ["a short password", { password: "short" }, "password"],
  ["an empty password", { password: "" }, "password"],
  ["a password of 20,000 characters", { password: "x".repeat(20_000) }, "password"],
]) {
  test(`sign-up refuses ${what} and says so`, async () => isInvalid(await signup(good(more)), field));
}

test("sign-up names every wrong field at once", async () => isInvalid(await signup({ email: "x", name: "", password: "y" }), "email", "name", "password"));

for (const value of [5, null, true, [], {}, ["a@example.org"]]) {
  test(`sign-up refuses the type of ${JSON.stringify(value)}`, async () => {
    for (const field of ["email", "name", "password"]) {
      const answer = await signup(good({ [field]: value }));
      assert.ok([400, 422].includes(answer.status), `${field}: ${answer.status}`);
      isProblem(answer, answer.status);
    }
  });
}

test("a field that does not exist is refused, not ignored", async () => {
  const answer = await signup(good({ is_admin: true }));
  assert.ok([400, 422].includes(answer.status), String(answer.status));
  isProblem(answer, answer.status);
});

test("names in any script come back as they were", async () => {
  for (const name of ["Ægir Þór", "山田太郎", "א\u05d1ג", "'; DROP TABLE users; --", "<b>bold</b>", "e\u0301"]) {
    const person = await Person.signUp(server, name);
    assert.equal((await person.ok(200, "GET", "/v1/me")).name.normalize("NFC"), name.normalize("NFC"));
  }
});

test("sign-in: right 200; wrong password and unknown address the same 401", async () => {
  const person = await Person.signUp(server);
  const right = await signin({ email: person.email.toUpperCase(), password: person.password });
  assert.equal(right.status, 200);
  assert.equal(right.body.user.id, person.id);
  const wrong = await signin({ email: person.email, password: "wrong horse battery" });
  const unknown = await signin({ email: "nobody@example.org", password: "wrong horse battery" });
  isProblem(wrong, 401, "invalid_credentials");
  isProblem(unknown, 401, "invalid_credentials");
  assert.deepEqual(wrong.body, unknown.body);
  const names = (a) => [...a.headers.keys()].sort().join();
  assert.equal(names(wrong), names(unknown));
});

test("sign-in does the same work for a known and an unknown address", async () => {
  const person = await Person.signUp(server);
  const time = async (email) => {
    const times = [];
    for (let i = 0; i < 9; i++) {
      const begin = performance.now();
      await signin({ email, password: "wrong horse battery" });
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b)[4];
  };
  const [known, unknown] = [await time(person.email), await time("nobody@example.org")];
  assert.ok(unknown > known / 2 && unknown < known * 2, `median ${known.toFixed(1)} ms known, ${unknown.toFixed(1)} ms unknown`);
});

test("refresh rotates; a used token is refused and ends the family", async () => {
  const person = await Person.signUp(server);
  const first = await refresh(person.refresh);
  assert.equal(first.status, 200);
  assert.deepEqual(Object.keys(first.body).sort().filter((k) => k !== "user"), ["access_token", "expires_in", "refresh_token", "token_type"]);
  assert.notEqual(first.body.refresh_token, person.refresh);
  await ok(server, 200, "GET", "/v1/me", { token: first.body.access_token });
  const second = await refresh(first.body.refresh_token);
  assert.equal(second.status, 200);
  isProblem(await refresh(person.refresh), 401);
  isProblem(await refresh(second.body.refresh_token), 401);
});

test("refresh refuses what is no refresh token", async () => {
  const person = await Person.signUp(server);
  for (const token of ["", "x", person.access, "x".repeat(5000)]) {
    const answer = await refresh(token);
    assert.ok([400, 401, 422].includes(answer.status));
    isProblem(answer, answer.status);
  }
  assert.equal((await refresh(person.refresh)).status, 200, "a wrong guess costs the owner nothing");
});

test("sign-out ends that sign-in only, and twice is no error", async () => {
  const person = await Person.signUp(server);
  const again = await person.signInAgain();
  await again.signOut();
  isProblem(await refresh(again.refresh), 401);
  assert.equal((await refresh(person.refresh)).status, 200);
  assert.equal((await call(server, "POST", "/v1/auth/signout", { body: { refresh_token: again.refresh } })).status, 204);
});

test("PATCH /v1/me changes the name and nothing it was not asked to", async () => {
  const person = await Person.signUp(server);
  const changed = await person.ok(200, "PATCH", "/v1/me", { body: { name: "Countess" } });
  assert.deepEqual([changed.name, changed.email], ["Countess", person.email]);
  assert.equal((await person.ok(200, "GET", "/v1/me")).name, "Countess");
  isInvalid(await person.call("PATCH", "/v1/me", { body: { name: "" } }), "name");
  for (const body of [{ id: person.id }, { email_verified: true }, { name: 5 }, [], "x", null]) {
    const answer = await person.call("PATCH", "/v1/me", { body });
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status}`);
  }
});

test("DELETE /v1/me erases the account: its tokens, its sign-in, its place in rooms", async () => {
  const [ada, bob] = [await Person.signUp(server, "Ada"), await Person.signUp(server, "Bob")];
  const room = await ada.createRoom();
  await ada.bring(bob, room);
  await bob.ok(204, "DELETE", "/v1/me", { body: { password: bob.password } });
  isProblem(await bob.call("GET", "/v1/me"), 401);
  isProblem(await signin({ email: bob.email, password: bob.password }), 401, "invalid_credentials");
  isProblem(await refresh(bob.refresh), 401);
  const members = await ada.ok(200, "GET", `/v1/rooms/${room.id}/members`);
  assert.ok(!JSON.stringify(members).includes(bob.id));
  assert.equal((await signup({ email: bob.email, name: "Bob", password: bob.password })).status, 201, "the address is free again");
});

test("the key set holds public keys by kid, and the one that signs", async () => {
  const person = await Person.signUp(server);
  const answer = await call(server, "GET", "/.well-known/jwks.json");
  assert.equal(answer.status, 200);
  assert.ok(answer.headers.get("cache-control")?.includes("max-age"));
  const { kid, alg } = JSON.parse(Buffer.from(person.access.split(".")[0], "base64url"));
  assert.equal(alg, "EdDSA");
  assert.ok(answer.body.keys.some((k) => k.kid === kid));
  for (const key of answer.body.keys) {
    assert.deepEqual([key.kty, key.crv], ["OKP", "Ed25519"]);
    assert.equal(key.d, undefined, "the private part");
  }
});
