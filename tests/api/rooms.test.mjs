// Rooms, their members, invitations and tickets.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isInvalid, isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server, ada, bob, eve;
before(async () => {
  server = await startServer();
  [ada, bob, eve] = await Promise.all(["Ada", "Bob", "Eve"].map((n) => Person.signUp(server, n)));
});
after(() => stopAll(server));

const NOWHERE = "0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d";

test("POST /v1/rooms answers 201 with the room, its owner's", async () => {
  const room = await ada.createRoom("Plan");
  assert.deepEqual([room.name, room.role], ["Plan", "owner"]);
  for (const field of ["id", "kind", "region", "created_at"]) assert.ok(room[field], field);
  const { name, role, kind, region } = await ada.ok(200, "GET", `/v1/rooms/${room.id}`);
  assert.deepEqual({ name, role, kind, region }, { name: "Plan", role: "owner", kind: room.kind, region: room.region });
});

for (const [what, body, field] of [
  ["an empty name", { name: "" }, "name"],
  ["blanks", { name: "   " }, "name"],
  ["a long name", { name: "x".repeat(5000) }, "name"],
  ["a strange kind", { name: "a", kind: "no such kind" }, "kind"],
  ["a strange region", { name: "a", region: "the moon" }, "region"],
]) {
  test(`a room with ${what} is refused`, async () => isInvalid(await ada.call("POST", "/v1/rooms", { body }), field));
}

test("rooms of wrong shapes are refused: no name, types, unknown fields", async () => {
  for (const body of [{}, [], null, "x", 5, { name: null }, { name: 5 }, { name: ["a"] }, { name: "a", owner: ada.id }, { name: "a", id: NOWHERE }]) {
    const answer = await ada.call("POST", "/v1/rooms", { body });
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status}`);
    isProblem(answer, answer.status);
  }
});

test("my rooms, newest first, page by page, each once, also while new ones appear", async () => {
  const person = await Person.signUp(server);
  const made = [];
  for (let i = 0; i < 7; i++) made.push((await person.createRoom(`Room ${i}`)).id);
  const seen = [];
  let cursor;
  for (let page = 0; page < 10; page++) {
    const query = new URLSearchParams({ limit: "3", ...(cursor ? { cursor } : {}) });
    const { items, next_cursor } = await person.ok(200, "GET", `/v1/rooms?${query}`);
    assert.ok(items.length <= 3);
    seen.push(...items.map((r) => r.id));
    if (page === 0) await person.createRoom("Newer");
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  assert.deepEqual(seen, made.toReversed());
  const all = await person.ok(200, "GET", "/v1/rooms");
  assert.equal(all.items[0].name, "Newer");
  assert.equal(all.next_cursor ?? null, null);
});

test("wrong paging is refused: limits out of range, a cursor that is none", async () => {
  for (const query of ["limit=0", "limit=-1", "limit=x", "limit=100000", "limit=", "cursor=x", "cursor=%00", "cursor=eyJhIjoxfQ"]) {
    const answer = await ada.call("GET", `/v1/rooms?${query}`);
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.status}`);
    isProblem(answer, answer.status);
  }
});

test("PATCH renames, for its owner only; DELETE removes for everyone", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room);
  assert.equal((await ada.ok(200, "PATCH", `/v1/rooms/${room.id}`, { body: { name: "Renamed" } })).name, "Renamed");
  assert.equal((await bob.ok(200, "GET", `/v1/rooms/${room.id}`)).name, "Renamed");
  isProblem(await bob.call("PATCH", `/v1/rooms/${room.id}`, { body: { name: "Mine" } }), 403);
  isProblem(await bob.call("DELETE", `/v1/rooms/${room.id}`), 403);
  isInvalid(await ada.call("PATCH", `/v1/rooms/${room.id}`, { body: { name: "" } }), "name");
  await ada.ok(204, "DELETE", `/v1/rooms/${room.id}`);
  for (const person of [ada, bob]) {
    isProblem(await person.call("GET", `/v1/rooms/${room.id}`), 404);
    assert.ok(!(await person.ok(200, "GET", "/v1/rooms")).items.some((r) => r.id === room.id));
  }
  isProblem(await ada.call("DELETE", `/v1/rooms/${room.id}`), 404);
});

test("members: listed with roles, changed and removed by the owner, never without an owner", async () => {
  const room = await ada.createRoom();
  const path = `/v1/rooms/${room.id}/members`;
  await ada.bring(bob, room, "viewer");
  const roles = async () => Object.fromEntries((await ada.ok(200, "GET", path)).items.map((m) => [m.user_id, m.role]));
  assert.deepEqual(await roles(), { [ada.id]: "owner", [bob.id]: "viewer" });
  await ada.ok(200, "PUT", `${path}/${bob.id}`, { body: { role: "editor" } });
  assert.equal((await roles())[bob.id], "editor");
  isProblem(await bob.call("PUT", `${path}/${bob.id}`, { body: { role: "owner" } }), 403);
  isProblem(await bob.call("DELETE", `${path}/${ada.id}`), 403);
  isInvalid(await ada.call("PUT", `${path}/${bob.id}`, { body: { role: "king" } }), "role");
  isProblem(await ada.call("PUT", `${path}/${eve.id}`, { body: { role: "editor" } }), 404);
  isProblem(await ada.call("DELETE", `${path}/${NOWHERE}`), 404);
  isProblem(await ada.call("DELETE", `${path}/${ada.id}`), 409);
  isProblem(await ada.call("PUT", `${path}/${ada.id}`, { body: { role: "viewer" } }), 409);
  await ada.ok(204, "DELETE", `${path}/${bob.id}`);
  isProblem(await bob.call("GET", `/v1/rooms/${room.id}`), 404);
});

test("two owners who demote each other at once do not leave the room without one", async () => {
  for (let i = 0; i < 5; i++) {
    const room = await ada.createRoom();
    await ada.bring(bob, room);
    await ada.ok(200, "PUT", `/v1/rooms/${room.id}/members/${bob.id}`, { body: { role: "owner" } });
    await Promise.all([
      ada.call("PUT", `/v1/rooms/${room.id}/members/${bob.id}`, { body: { role: "editor" } }),
      bob.call("PUT", `/v1/rooms/${room.id}/members/${ada.id}`, { body: { role: "editor" } }),
    ]);
    const { items } = await ada.ok(200, "GET", `/v1/rooms/${room.id}/members`);
    assert.ok(items.some((m) => m.role === "owner"));
  }
});

test("an invitation gives its role, is bound to its address, its uses and its time", async () => {
  const room = await ada.createRoom();
  const path = `/v1/rooms/${room.id}/invites`;
  const make = (body) => ada.ok(201, "POST", path, { body });
  const accept = (person, invite) => person.call("POST", `/v1/invites/${invite.code}/accept`);
  const viewer = await make({ role: "viewer" });
  assert.ok(viewer.code.length >= 16 && viewer.url.includes(viewer.code) && Date.parse(viewer.expires_at) > Date.now());
  const accepted = await accept(bob, viewer);
  assert.deepEqual([accepted.status, accepted.body.id, accepted.body.role], [200, room.id, "viewer"]);
  const personal = await make({ role: "editor", email: bob.email.toUpperCase() });
  assert.ok([403, 404, 410].includes((await accept(eve, personal)).status));
  assert.equal((await accept(bob, personal)).body.role, "editor", "the better role wins");
  assert.equal((await accept(bob, await make({ role: "viewer" }))).body.role, "editor", "an invitation never takes a right away");
  const once = await make({ role: "viewer", max_uses: 1 });
  const crowd = await Promise.all(Array.from({ length: 6 }, (_, i) => Person.signUp(server, `Guest ${i}`)));
  const statuses = (await Promise.all(crowd.map((p) => accept(p, once)))).map((a) => a.status);
  assert.equal(statuses.filter((s) => s === 200).length, 1, String(statuses));
  isProblem(await accept(eve, { code: "no-such-code" }), 404);
  isProblem(await bob.call("POST", path, { body: { role: "viewer" } }), 403);
  for (const body of [{ role: "king" }, { role: "owner" }, {}, { role: "viewer", max_uses: 0 }, { role: "viewer", expires_in: -1 }, { role: "viewer", email: "x" }, { role: "viewer", extra: 1 }]) {
    const answer = await ada.call("POST", path, { body });
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status}`);
  }
});

test("a ticket names a socket URL, the role and its end; strangers get none", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room, "viewer");
  const ticket = await bob.ticket(room);
  assert.match(ticket.url, /^wss?:\/\/.+\/v1\/sync$/);
  assert.equal(ticket.role, "viewer");
  assert.ok(ticket.region && ticket.node);
  const life = (t) => (Date.parse(t.expires_at) - Date.now()) / 1000;
  assert.ok(life(ticket) > 50 && life(ticket) <= 61);
  const reusable = await bob.ticket(room, { reusable: true });
  assert.ok(life(reusable) > 60 && life(reusable) <= 3601);
  assert.equal((await bob.call("POST", `/v1/rooms/${room.id}/ticket`)).status, 200, "the body may be absent");
  isProblem(await eve.call("POST", `/v1/rooms/${room.id}/ticket`), 404);
  isProblem(await call(server, "POST", `/v1/rooms/${room.id}/ticket`), 401);
  for (const body of [{ reusable: "yes" }, { role: "owner" }, []]) {
    const answer = await bob.call("POST", `/v1/rooms/${room.id}/ticket`, { body });
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status}`);
  }
});

test("Idempotency-Key: the same call once, the same answer; another body 422; another person not affected", async () => {
  const create = (person, name, key) => person.call("POST", "/v1/rooms", { body: { name }, headers: { "idempotency-key": key } });
  const key = `key-${process.pid}`;
  const first = await create(ada, "Once", key);
  assert.equal(first.status, 201);
  const again = await create(ada, "Once", key);
  assert.deepEqual([again.status, again.body], [201, first.body]);
  isProblem(await create(ada, "Twice", key), 422);
  const other = await create(bob, "Once", key);
  assert.notEqual(other.body.id, first.body.id);
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(eve, "Storm", "storm")));
  const ids = new Set(answers.filter((a) => a.status === 201).map((a) => a.body.id));
  assert.equal(ids.size, 1, answers.map((a) => a.status).join());
  assert.ok(answers.every((a) => [201, 409].includes(a.status)), answers.map((a) => a.status).join());
  assert.equal((await eve.ok(200, "GET", "/v1/rooms")).items.filter((r) => r.name === "Storm").length, 1);
  for (const bad of ["", "x".repeat(300)]) assert.ok([400, 422].includes((await create(ada, "Bad", bad)).status), `key of ${bad.length}`);
});

test("SQL in every text stays text", async () => {
  const evil = `'); DROP TABLE rooms; -- " \\ %`;
  const room = await ada.createRoom(evil);
  assert.equal((await ada.ok(200, "GET", `/v1/rooms/${room.id}`)).name, evil);
  for (const id of [encodeURIComponent(evil), "%00", "..%2f..%2fetc", room.id.toUpperCase(), `{${room.id}}`, "1"]) {
    const answer = await ada.call("GET", `/v1/rooms/${id}`);
    assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`);
  }
  await ok(server, 200, "GET", "/v1/rooms", { token: ada.access });
});
