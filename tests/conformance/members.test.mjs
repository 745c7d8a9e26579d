// Members: roles change, people leave, an owner stays.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isInvalid, isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { people } from "./support/things.mjs";

let server, ada, bob, eve;
before(async () => {
  server = await openHost();
  [ada, bob, eve] = await people(server, "Ada", "Bob", "Eve");
});
after(closeHosts);

const member = (room, person) => `/v1/rooms/${room.id}/members/${person.id}`;
const roles = async (person, room) => Object.fromEntries((await person.ok(200, "GET", `/v1/rooms/${room.id}/members`)).items.map((m) => [m.user_id, m.role]));

test("members are listed with their roles and names, without their addresses", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room, "viewer");
  const { items, next_cursor } = await bob.ok(200, "GET", `/v1/rooms/${room.id}/members`);
  assert.equal(next_cursor, null);
  const seen = items.map(({ user_id, name, role }) => [user_id, name, role]);
  assert.deepEqual(seen.sort(), [[ada.id, "Ada", "owner"], [bob.id, "Bob", "viewer"]].sort());
  assert.ok(!JSON.stringify(items).includes("@"));
});

test("an owner changes roles and removes; a member leaves", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room, "viewer");
  await ada.bring(eve, room, "viewer");
  for (let i = 0; i < 2; i++) assert.equal((await ada.ok(200, "PUT", member(room, bob), { body: { role: "editor" } })).role, "editor", "again is no error");
  assert.equal((await bob.ok(200, "GET", `/v1/rooms/${room.id}`)).role, "editor");
  isProblem(await bob.call("PUT", member(room, bob), { body: { role: "owner" } }), 403, "forbidden");
  isProblem(await bob.call("DELETE", member(room, eve)), 403, "forbidden");
  isInvalid(await ada.call("PUT", member(room, bob), { body: { role: "king" } }), "role");
  await bob.ok(204, "DELETE", member(room, bob));
  await ada.ok(204, "DELETE", member(room, eve));
  for (const person of [bob, eve]) {
    isProblem(await person.call("GET", `/v1/rooms/${room.id}`), 404, "room_not_found");
    isProblem(await ada.call("DELETE", member(room, person)), 404, "member_not_found");
    isProblem(await ada.call("PUT", member(room, person), { body: { role: "editor" } }), 404, "member_not_found");
  }
  assert.deepEqual(await roles(ada, room), { [ada.id]: "owner" });
});

test("the last owner stays, and goes when there is another", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room);
  isProblem(await ada.call("DELETE", member(room, ada)), 409, "last_owner");
  for (const role of ["editor", "viewer"]) isProblem(await ada.call("PUT", member(room, ada), { body: { role } }), 409, "last_owner");
  assert.equal((await ada.ok(200, "PUT", member(room, ada), { body: { role: "owner" } })).role, "owner");
  await ada.ok(200, "PUT", member(room, bob), { body: { role: "owner" } });
  await ada.ok(204, "DELETE", member(room, ada));
  isProblem(await bob.call("DELETE", member(room, bob)), 409, "last_owner");
  assert.deepEqual(await roles(bob, room), { [bob.id]: "owner" });
});

test("of two owners who step down at once one stays", async () => {
  for (let i = 0; i < 6; i++) {
    const room = await ada.createRoom();
    await ada.bring(bob, room);
    await ada.ok(200, "PUT", member(room, bob), { body: { role: "owner" } });
    const leave = (person) => (i % 2 ? person.call("DELETE", member(room, person)) : person.call("PUT", member(room, person), { body: { role: "viewer" } }));
    const statuses = (await Promise.all([leave(ada), leave(bob)])).map((a) => a.status);
    assert.deepEqual(statuses.sort(), [i % 2 ? 204 : 200, 409]);
  }
});

test("twenty changes at once, by two owners and of both, leave an owner and a readable room", async () => {
  const room = await ada.createRoom();
  for (const person of [bob, eve]) await ada.bring(person, room);
  await ada.ok(200, "PUT", member(room, bob), { body: { role: "owner" } });
  const all = [ada, bob, eve];
  const change = (_, i) => {
    const [actor, target] = [all[i % 2], all[i % 3]];
    return i % 5 === 4 ? actor.call("DELETE", member(room, target)) : actor.call("PUT", member(room, target), { body: { role: ["viewer", "owner", "editor"][i % 3] } });
  };
  const statuses = (await Promise.all(Array.from({ length: 20 }, change))).map((a) => a.status);
  assert.ok(statuses.every((s) => [200, 204, 403, 404, 409].includes(s)), String(statuses));
  // Whoever is in it still sees the same, and an owner among them.
  const seen = [];
  for (const person of all) {
    const answer = await person.call("GET", `/v1/rooms/${room.id}/members`);
    if (answer.status === 200) seen.push(JSON.stringify(answer.body.items));
    else isProblem(answer, 404, "room_not_found");
  }
  assert.equal(new Set(seen).size, 1);
  assert.ok(JSON.parse(seen[0]).some((m) => m.role === "owner"), seen[0]);
});
