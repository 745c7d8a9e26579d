// Rooms: what they are made of, who sees them, when they are gone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { NOWHERE, people } from "./support/things.mjs";

let server, ada, bob, eve;
before(async () => {
  server = await openHost();
  [ada, bob, eve] = await people(server, "Ada", "Bob", "Eve");
});
after(closeHosts);

test("a room has defaults, takes settings, and reads as it was made", async () => {
  const room = await ada.ok(201, "POST", "/v1/rooms", { body: { name: "  Plan  " } });
  const { id, created_at, region, ...rest } = room;
  assert.deepEqual(rest, { name: "Plan", kind: "board", role: "owner", viewers_visible: true });
  assert.ok(["eu-west", "us-east"].includes(region), "the caller's own region, or the host's");
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
  assert.deepEqual(await ada.ok(200, "GET", `/v1/rooms/${id}`), room);
  const far = await ada.ok(201, "POST", "/v1/rooms", { body: { name: "Far", region: "us-east", kind: "board" } });
  assert.equal(far.region, "us-east");
  assert.equal((await ada.ok(201, "POST", "/v1/rooms", { body: { name: "Near", region: null, kind: null } })).region, region, "null counts as absent");
});

test("what only the server decides can't be sent", async () => {
  for (const more of [{ owner: bob.id }, { id: NOWHERE }, { role: "viewer" }, { created_at: "2020-01-01T00:00:00Z" }, { viewers_visible: false }]) {
    isProblem(await ada.call("POST", "/v1/rooms", { body: { name: "a", ...more } }), 400, "validation_failed");
  }
});

test("PATCH changes what it names and nothing else", async () => {
  const room = await ada.createRoom("Old");
  const path = `/v1/rooms/${room.id}`;
  await ada.bring(bob, room);
  const steps = [
    [{ name: " New " }, { name: "New", viewers_visible: true }],
    [{ viewers_visible: false }, { name: "New", viewers_visible: false }],
    [{}, { name: "New", viewers_visible: false }],
    [{ name: null, viewers_visible: true }, { name: "New", viewers_visible: true }],
  ];
  for (const [body, { name, viewers_visible }] of steps) {
    assert.deepEqual(await ada.ok(200, "PATCH", path, { body }), { ...room, name, viewers_visible });
    assert.deepEqual(await bob.ok(200, "GET", path), { ...room, name, viewers_visible, role: "editor" });
  }
});

test("a deleted room is gone for everyone, with its invitations", async () => {
  const room = await ada.createRoom();
  await ada.bring(bob, room);
  const invite = await ada.ok(201, "POST", `/v1/rooms/${room.id}/invites`, { body: { role: "editor" } });
  await ada.ok(204, "DELETE", `/v1/rooms/${room.id}`);
  for (const person of [ada, bob]) {
    for (const [method, tail] of [["GET", ""], ["DELETE", ""], ["GET", "/members"], ["POST", "/ticket"], ["GET", "/participants"]]) isProblem(await person.call(method, `/v1/rooms/${room.id}${tail}`), 404, "room_not_found");
    assert.ok(!(await person.ok(200, "GET", "/v1/rooms")).items.some((r) => r.id === room.id));
  }
  for (const person of [ada, bob, eve]) isProblem(await person.call("POST", `/v1/invites/${invite.code}/accept`), 404, "invite_not_found");
});

test("a room that I may not see is answered like one that does not exist", async () => {
  const room = await ada.createRoom("Hidden");
  const body = { name: "x" };
  for (const [method, tail, options] of [["GET", ""], ["PATCH", "", { body }], ["DELETE", ""], ["GET", "/members"], ["POST", "/invites", { body: { role: "viewer" } }], ["POST", "/ticket"], ["GET", "/participants"]]) {
    const [real, none] = [await eve.call(method, `/v1/rooms/${room.id}${tail}`, options), await eve.call(method, `/v1/rooms/${NOWHERE}${tail}`, options)];
    isProblem(real, 404, "room_not_found");
    assert.deepEqual(real.bytes, none.bytes);
    const names = (a) => [...a.headers.keys()].sort();
    assert.deepEqual(names(real), names(none));
  }
});
