// A right that ends, ends the live sockets that rest on it: within a second.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as frames from "../support/frames.mjs";
import { inSeconds, resigned } from "../support/keys.mjs";
import { RawClient } from "../support/raw.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

const PROMISE = 1000;
let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

/** Does something, then measures until the client is closed with the code. */
async function endsWith(client, code, action) {
  const begin = performance.now();
  await action();
  const { at } = await client.closesWith(code, 5000);
  // Counted from before the call: the promise holds even with the call's own time in it.
  assert.ok(at - begin <= PROMISE, `closed after ${Math.round(at - begin)} ms`);
}

test("sign-out ends the sockets of that sign-in and no other", async () => {
  const scene = await Scene.set(server);
  const again = await scene.people.bob.signInAgain();
  const [stays, ends] = [await scene.raw("bob"), await RawClient.join(scene.room, await again.ticket(scene.room))];
  await endsWith(ends, 4401, () => again.signOut());
  assert.ok(stays.isOpen);
  await stays.receives(stays.edit((doc) => doc.getMap("m").set("still", 1)));
  await scene.leave();
});

test("a refresh token used again after its successor ends the sockets of its family", async () => {
  const scene = await Scene.set(server);
  const bob = await scene.raw("bob");
  const refresh = (refresh_token) => scene.people.bob.call("POST", "/v1/auth/refresh", { token: null, body: { refresh_token } });
  const successor = await refresh(scene.people.bob.refresh);
  assert.equal(successor.status, 200);
  assert.equal((await refresh(successor.body.refresh_token)).status, 200);
  assert.ok(bob.isOpen, "rotation ends nothing");
  await endsWith(bob, 4401, async () => assert.equal((await refresh(scene.people.bob.refresh)).status, 401));
  await scene.leave();
});

test("removal from the room ends the socket with 4403", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  await endsWith(bob, 4403, () => scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}/members/${scene.people.bob.id}`));
  assert.ok(ada.isOpen);
  await scene.leave();
});

test("leaving the room ends one's own sockets, all of them", async () => {
  const scene = await Scene.set(server);
  const sockets = [await scene.raw("bob"), await scene.raw("bob")];
  const bob = scene.people.bob;
  const begin = performance.now();
  await bob.ok(204, "DELETE", `/v1/rooms/${scene.room.id}/members/${bob.id}`);
  for (const s of sockets) assert.ok((await s.closesWith(4403)).at - begin <= PROMISE);
});

test("demotion ends writing within a second: the old connection never writes again", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  await ada.receives(bob.edit((doc) => doc.getMap("m").set("before", 1)));
  const begin = performance.now();
  await scene.owner.ok(200, "PUT", `/v1/rooms/${scene.room.id}/members/${scene.people.bob.id}`, { body: { role: "viewer" } });
  await until(() => !bob.isOpen || performance.now() - begin > PROMISE, "the second to pass");
  if (bob.isOpen) bob.edit((doc) => doc.getMap("m").set("after", 1));
  await never(() => ada.doc.getMap("m").has("after"), "an edit by a person who is a viewer now", 400);
  const viewer = await scene.raw("bob");
  assert.equal(viewer.notices("welcome")[0].role, "viewer");
  viewer.edit((doc) => doc.getMap("m").set("after", 1));
  assert.equal((await viewer.notice("refused")).reason, "read_only");
  await scene.leave();
});

test("deleting the room ends every socket with 4404", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob", { plain: true })];
  const begin = performance.now();
  await scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}`);
  for (const c of [ada, bob]) assert.ok((await c.closesWith(4404)).at - begin <= PROMISE);
});

test("erasing the account ends its sockets with 4401", async () => {
  const scene = await Scene.set(server);
  const bob = await scene.raw("bob");
  const erase = () => scene.people.bob.ok(204, "DELETE", "/v1/me", { body: { password: scene.people.bob.password } });
  await endsWith(bob, 4401, erase);
  await scene.leave();
});

test("reauth: a fresh ticket prolongs a live connection; a used or foreign one does not", async () => {
  const scene = await Scene.set(server);
  const bob = await scene.raw("bob");
  bob.send(frames.reauth((await scene.people.bob.ticket(scene.room)).ticket));
  const renewed = await bob.notice("reauthenticated");
  assert.equal(renewed.role, "editor");
  assert.ok(Date.parse(renewed.expires_at) >= Date.parse(bob.notices("welcome")[0].expires_at));
  bob.send(frames.reauth((await scene.people.ada.ticket(scene.room)).ticket));
  await bob.closesWith(4401);
  await scene.leave();
});

test("reauth moves a connection to another sign-in: the old one's end no longer matters", async () => {
  const scene = await Scene.set(server);
  const again = await scene.people.bob.signInAgain();
  const client = await RawClient.join(scene.room, await again.ticket(scene.room));
  client.send(frames.reauth((await scene.people.bob.ticket(scene.room)).ticket));
  await client.notice("reauthenticated");
  await again.signOut();
  await never(() => !client.isOpen, "the end of a connection whose right was renewed", PROMISE + 500);
  await client.close();
});

test("the end of a right: announced as expiring, then 4401 within a second", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.people.bob.ticket(scene.room);
  const until = inSeconds(3);
  const bob = await RawClient.join(scene.room, { ...ticket, ticket: resigned(server, ticket.ticket, { until }) });
  assert.equal(Date.parse((await bob.notice("expiring")).expires_at), until * 1000);
  const left = until * 1000 - Date.now();
  const begin = performance.now();
  const { at } = await bob.closesWith(4401, 6000);
  assert.ok(at - begin >= left - 50 && at - begin <= left + PROMISE, `${Math.round(at - begin - left)} ms after its end`);
});
