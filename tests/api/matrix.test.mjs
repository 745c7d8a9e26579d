// Who may call what: every route of a room × every kind of person.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server, people, room, gone;
before(async () => {
  server = await startServer();
  people = {};
  for (const name of ["owner", "editor", "viewer", "stranger", "removed", "member"]) people[name] = await Person.signUp(server, name);
  room = await people.owner.createRoom("Matrix");
  for (const role of ["editor", "viewer"]) await people.owner.bring(people[role], room, role);
  await people.owner.bring(people.member, room);
  await people.owner.bring(people.removed, room);
  await people.owner.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${people.removed.id}`);
  gone = await people.owner.createRoom("Gone");
  await people.owner.ok(204, "DELETE", `/v1/rooms/${gone.id}`);
});
after(() => stopAll(server));

// method, path below the room, body, and who may: the others are told 403 (members) or 404 (everybody else).
const ROUTES = [
  ["GET", "", undefined, ["owner", "editor", "viewer"]],
  ["PATCH", "", { name: "New name" }, ["owner"]],
  ["GET", "/members", undefined, ["owner", "editor", "viewer"]],
  ["PUT", "/members/MEMBER", { role: "editor" }, ["owner"]],
  ["DELETE", "/members/STRANGER", undefined, []], // nobody is there to be removed: the owner is told 404 too
  ["POST", "/invites", { role: "viewer" }, ["owner"]],
  ["GET", "/participants", undefined, ["owner", "editor", "viewer"]],
  ["POST", "/ticket", {}, ["owner", "editor", "viewer"]],
];

for (const [method, path, body, allowed] of ROUTES) {
  test(`${method} /v1/rooms/{id}${path}`, async () => {
    const url = (id) => `/v1/rooms/${id}${path.replace("MEMBER", people.member.id).replace("STRANGER", people.stranger.id)}`;
    for (const name of ["owner", "editor", "viewer", "stranger", "removed"]) {
      const { status } = await people[name].call(method, url(room.id), { body });
      if (allowed.includes(name)) assert.ok(status >= 200 && status < 300, `${name}: ${status}`);
      else if (["editor", "viewer"].includes(name)) assert.equal(status, 403, name);
      else assert.equal(status, 404, name);
    }
    assert.equal((await call(server, method, url(room.id), { body })).status, 401, "anonymous");
    assert.equal((await people.owner.call(method, url(gone.id), { body })).status, 404, "a deleted room");
  });
}
