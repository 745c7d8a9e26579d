// Idempotency-Key: a creation that is sent twice happens once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { people } from "./support/things.mjs";

let server, ada, bob;
before(async () => {
  server = await openHost();
  [ada, bob] = await people(server, "Ada", "Bob");
});
after(closeHosts);

const post = (person, path, body, key) => person.call("POST", path, { body, headers: { "idempotency-key": key } });
const create = (person, name, key) => post(person, "/v1/rooms", { name }, key);
const count = async (person, name) => (await person.ok(200, "GET", "/v1/rooms?limit=100")).items.filter((r) => r.name === name).length;

test("the same call again: the same answer byte by byte, marked, and nothing new", async () => {
  const first = await create(ada, "Once", "again");
  assert.deepEqual([first.status, first.headers.get("idempotency-replayed")], [201, null]);
  for (let i = 0; i < 3; i++) {
    const again = await create(ada, "Once", "again");
    assert.deepEqual([again.status, again.headers.get("idempotency-replayed"), again.type], [201, "true", first.type]);
    assert.deepEqual(again.bytes, first.bytes);
  }
  assert.equal(await count(ada, "Once"), 1);
});

test("another body or another path under the same key: 422, and nothing happens", async () => {
  await create(ada, "Known", "other");
  isProblem(await create(ada, "Unknown", "other"), 422, "idempotency_key_reused");
  const room = await ada.createRoom();
  isProblem(await post(ada, `/v1/rooms/${room.id}/invites`, { role: "viewer" }, "other"), 422, "idempotency_key_reused");
  assert.equal(await count(ada, "Unknown"), 0);
});

test("keys belong to their user, and to all of the user's sign-ins", async () => {
  const [mine, theirs] = [await create(ada, "Mine", "shared"), await create(bob, "Mine", "shared")];
  assert.deepEqual([mine.status, theirs.status], [201, 201]);
  assert.notEqual(mine.body.id, theirs.body.id);
  assert.deepEqual((await create(await ada.signInAgain(), "Mine", "shared")).body, mine.body);
});

test("twenty equal calls at once: one room, one body", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(ada, "Storm", "storm")));
  assert.deepEqual(answers.map((a) => a.status), Array(20).fill(201));
  assert.equal(new Set(answers.map((a) => a.bytes.toString())).size, 1);
  assert.equal(await count(ada, "Storm"), 1);
});

test("twenty different calls under one key at once: one happens, the others are 422", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => create(bob, `Rival ${i}`, "rivals")));
  assert.deepEqual(answers.map((a) => a.status).sort(), [201, ...Array(19).fill(422)]);
});

test("invitations too: the code that was given is given again", async () => {
  const room = await ada.createRoom();
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(ada, `/v1/rooms/${room.id}/invites`, { role: "viewer" }, "invite")));
  assert.equal(new Set(answers.map((a) => a.body.code)).size, 1);
});

test("a call that failed has used up nothing", async () => {
  isProblem(await create(ada, "", "free"), 400, "validation_failed");
  assert.equal((await create(ada, "Good", "free")).status, 201);
  const room = await ada.createRoom();
  isProblem(await post(bob, `/v1/rooms/${room.id}/invites`, { role: "viewer" }, "refused"), 404, "room_not_found");
  assert.equal((await create(bob, "Good", "refused")).status, 201);
});

test("keys of 1 to 255 characters, compared as they are", async () => {
  const ids = [];
  for (const key of ["k", "K", "k".repeat(255), "'; DROP TABLE idempotency; --", "a/b?c=d%00"]) {
    const answer = await create(ada, "Key", key);
    assert.equal(answer.status, 201, key);
    ids.push(answer.body.id);
  }
  assert.equal(new Set(ids).size, 5);
});

test("who is signed out gets nothing replayed", async () => {
  const session = await bob.signInAgain();
  assert.equal((await create(session, "Secret", "signed-out")).status, 201);
  await session.signOut();
  isProblem(await create(session, "Secret", "signed-out"), 401, "unauthorized");
});
