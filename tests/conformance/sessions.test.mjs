// Refresh tokens: rotation, reuse, sign-out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";

let server, ada;
before(async () => {
  server = await openHost();
  ada = await Person.signUp(server);
});
after(closeHosts);

const refresh = (refresh_token) => call(server, "POST", "/v1/auth/refresh", { body: { refresh_token } });

test("refresh gives new tokens that work, and says nothing else", async () => {
  const session = await ada.signInAgain();
  let current = session.refresh;
  for (let i = 0; i < 3; i++) {
    const answer = await refresh(current);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.body).sort(), ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert.notEqual(answer.body.refresh_token, current);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    await ok(server, 200, "GET", "/v1/me", { token: answer.body.access_token });
    current = answer.body.refresh_token;
  }
});

test("a token used again, once its successor was used, ends the whole family at once", async () => {
  const session = await ada.signInAgain();
  const first = await refresh(session.refresh);
  const second = await refresh(first.body.refresh_token);
  isProblem(await refresh(session.refresh), 401, "invalid_refresh_token");
  isProblem(await refresh(second.body.refresh_token), 401, "invalid_refresh_token");
  for (const token of [session.access, first.body.access_token, second.body.access_token]) isProblem(await call(server, "GET", "/v1/me", { token }), 401);
  assert.equal((await ada.call("GET", "/v1/me")).status, 200, "other sign-ins stay");
});

test("a lost answer can be asked for again at once, and what it gives works on", async () => {
  const session = await ada.signInAgain();
  assert.equal((await refresh(session.refresh)).status, 200);
  const again = await refresh(session.refresh);
  assert.equal(again.status, 200);
  assert.equal((await refresh(again.body.refresh_token)).status, 200);
});

test("twenty refreshes at once all get tokens of their own", async () => {
  const session = await ada.signInAgain();
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(session.refresh)));
  assert.deepEqual(answers.map((a) => a.status), Array(20).fill(200));
  assert.equal(new Set(answers.map((a) => a.body.refresh_token)).size, 20);
});

test("wrong guesses cost the owner nothing", async () => {
  const session = await ada.signInAgain();
  for (const token of ["x", session.access.slice(0, 512), session.refresh.slice(1), session.refresh.toUpperCase(), `${session.refresh}=`]) isProblem(await refresh(token), 401, "invalid_refresh_token");
  assert.equal((await refresh(session.refresh)).status, 200);
});

test("sign-out ends that sign-in only, at once, and twice is no error", async () => {
  const [left, right] = [await ada.signInAgain(), await ada.signInAgain()];
  const room = await left.createRoom();
  await left.signOut();
  isProblem(await refresh(left.refresh), 401, "invalid_refresh_token");
  for (const [method, path] of [["GET", "/v1/me"], ["GET", "/v1/rooms"], ["GET", `/v1/rooms/${room.id}`], ["POST", `/v1/rooms/${room.id}/ticket`]]) isProblem(await left.call(method, path), 401, "unauthorized");
  assert.equal((await right.call("GET", `/v1/rooms/${room.id}`)).status, 200);
  await left.signOut();
  assert.equal((await call(server, "POST", "/v1/auth/signout", { body: { refresh_token: "unknown" } })).status, 204, "an unknown one is answered alike");
  assert.equal((await refresh(right.refresh)).status, 200);
});

test("any token of the family signs out, used or not", async () => {
  const session = await ada.signInAgain();
  const next = await refresh(session.refresh);
  assert.equal((await call(server, "POST", "/v1/auth/signout", { body: { refresh_token: session.refresh } })).status, 204);
  isProblem(await refresh(next.body.refresh_token), 401);
});
