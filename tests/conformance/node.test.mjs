// What origin nodes ask that can't reach the database: rights, and those that ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, NODE_SECRET, openHost } from "./support/host.mjs";
import { NOWHERE } from "./support/things.mjs";

let server, ada, bob, room;
before(async () => {
  server = await openHost();
  [ada, bob] = await Promise.all([Person.signUp(server, "Ada"), Person.signUp(server, "Bob")]);
  room = await ada.createRoom();
});
after(closeHosts);

const session = (person) => JSON.parse(Buffer.from(person.access.split(".")[1], "base64url")).sid;
const rights = (person, more = {}) =>
  ok(server, 200, "POST", "/v1/node/rights", { token: NODE_SECRET, body: { user: person.id, session: session(person), room: room.id, ...more } });
const revocations = async (since) => (await ok(server, 200, "GET", `/v1/node/revocations?after=${since}`, { token: NODE_SECRET })).items;
const nobody = { name: null, role: null, presence: false };

test("a member's right is what the room says now", async () => {
  assert.deepEqual(await rights(ada), { standing: "member", name: "Ada", role: "owner", presence: true });
  assert.deepEqual(await rights(bob), { standing: "stranger", ...nobody });
  await ada.bring(bob, room, "viewer");
  assert.deepEqual(await rights(bob), { standing: "member", name: "Bob", role: "viewer", presence: true });
  await ada.ok(200, "PATCH", `/v1/rooms/${room.id}`, { body: { viewers_visible: false } });
  assert.deepEqual(await rights(bob), { standing: "member", name: "Bob", role: "viewer", presence: false });
  assert.deepEqual(await rights(ada, { room: NOWHERE }), { standing: "no_room", ...nobody });
  assert.deepEqual(await rights(ada, { session: session(bob) }), { standing: "signed_out", ...nobody }, "another's session");
});

test("what ended is told, with the change and the oldest first", async () => {
  const eve = await Person.signUp(server, "Eve");
  const since = Date.now() - 5_000;
  await ada.bring(eve, room, "editor");
  await ada.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${eve.id}`);
  const again = await eve.signInAgain();
  await again.signOut();
  assert.equal((await rights(again)).standing, "signed_out");
  await eve.ok(204, "DELETE", "/v1/me");
  const items = await revocations(since);
  assert.ok(items.some((i) => i.user === eve.id && i.room === room.id && i.session === null), "membership");
  assert.ok(items.some((i) => i.session === session(again) && i.user === null), "sign-in");
  assert.ok(items.some((i) => i.user === eve.id && i.room === null), "account");
  assert.deepEqual(items.map((i) => i.at), items.map((i) => i.at).sort((a, b) => a - b));
  assert.equal(new Set(items.map((i) => i.id)).size, items.length);
  assert.deepEqual(await revocations(Date.now() + 60_000), []);
});

test("notes of today are not forgotten", async () => {
  const since = Date.now() - 5_000;
  await (await bob.signInAgain()).signOut();
  assert.deepEqual(await ok(server, 200, "DELETE", "/v1/node/revocations", { token: NODE_SECRET }), { more: false });
  assert.notEqual((await revocations(since)).length, 0);
});

test("only who has the secret is a node", async () => {
  for (const token of [undefined, ada.access, NODE_SECRET.slice(1), `${NODE_SECRET}x`, NODE_SECRET.toUpperCase()]) {
    isProblem(await call(server, "GET", "/v1/node/revocations?after=0", { token }), 401, "unauthorized");
  }
});
