// Presence belongs to the connection that sends it, and says who that is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ok } from "../support/api.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

/** What a client knows of a clientID: the entry with the highest clock. */
function known(client, id) {
  return client.of("awareness").flatMap((f) => f.entries).filter((e) => e.client === id).reduce((a, b) => (a && a.clock > b.clock ? a : b), undefined);
}
const shows = (client, id, fits = (state) => state) => until(() => fits(known(client, id)?.state ?? null), () => `presence of ${id}; known: ${JSON.stringify(known(client, id))}`);

test("PRES-2 the user in a state is the ticket's; its colour and other fields pass", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  ada.send(frames.awareness({ client: 11, clock: 1, state: { user: { name: "Root", id: bob.name, role: "owner", color: "#f00" }, cursor: { x: 1 } } }));
  const state = await shows(bob, 11);
  assert.deepEqual(state, { user: { id: scene.people.ada.id, name: "ada", role: "owner", color: "#f00" }, cursor: { x: 1 } });
  bob.send(frames.awareness({ client: 12, clock: 1, state: {} }));
  assert.deepEqual((await shows(ada, 12)).user, { id: scene.people.bob.id, name: "bob", role: "editor" });
  await scene.leave();
});

test("PRES-1 entries for another's clientID are dropped, also to remove it; the connection lives", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  ada.send(frames.awareness({ client: 21, clock: 5, state: { cursor: 1 } }));
  await shows(bob, 21);
  bob.send(frames.awareness({ client: 22, clock: 1, state: { cursor: 2 } }));
  await shows(ada, 22);
  const watcher = await scene.raw("bob");
  bob.send(frames.awareness({ client: 21, clock: 99, state: { cursor: "stolen" } }, { client: 22, clock: 2, state: { cursor: 3 } }));
  bob.send(frames.awareness({ client: 21, clock: 100, state: null }));
  bob.send(frames.awareness({ client: 23, clock: 1, state: { cursor: "second id" } }));
  bob.send(frames.awareness({ client: 22, clock: 4, state: { cursor: 4 } }));
  await shows(watcher, 22, (s) => s?.cursor === 4);
  assert.equal(known(watcher, 21).state.cursor, 1);
  assert.equal(known(ada, 23), undefined);
  assert.ok(bob.isOpen);
  await scene.leave();
});

test("PRES-4 presence ends with the connection, by goodbye and by cut", async () => {
  const scene = await Scene.set(server);
  const watcher = await scene.raw("bob");
  for (const end of [(c) => c.socket.close(), (c) => c.socket.terminate()]) {
    const ada = await scene.raw("ada");
    const id = 1000 + scene.clients.length;
    ada.send(frames.awareness({ client: id, clock: 1, state: { cursor: 1 } }));
    await shows(watcher, id);
    end(ada);
    await until(() => known(watcher, id).state === null, "presence to end", 2000);
  }
  await scene.leave();
});

test("PRES-3, PRES-4 who comes back with the same clientID and a lower clock is seen at once and outlives the old connection's end", async () => {
  const scene = await Scene.set(server);
  const [watcher, old] = [await scene.raw("bob"), await scene.raw("ada")];
  old.send(frames.awareness({ client: 31, clock: 50, state: { cursor: "old" } }));
  await shows(watcher, 31);
  const young = await scene.raw("ada");
  young.send(frames.awareness({ client: 31, clock: 1, state: { cursor: "new" } }));
  await shows(watcher, 31, (s) => s?.cursor === "new");
  old.socket.terminate();
  await never(() => known(watcher, 31).state === null, "the new connection's presence to end with the old one", 500);
  young.send(frames.awareness({ client: 31, clock: 2, state: { cursor: "newer" } }));
  await shows(watcher, 31, (s) => s?.cursor === "newer");
  await scene.leave();
});

test("PRES-1 another user can't take over a clientID", async () => {
  const scene = await Scene.set(server);
  const [watcher, ada, bob] = [await scene.raw("bob"), await scene.raw("ada"), await scene.raw("bob")];
  ada.send(frames.awareness({ client: 41, clock: 1, state: { cursor: "ada" } }));
  await shows(watcher, 41);
  bob.send(frames.awareness({ client: 41, clock: 9, state: { cursor: "bob" } }));
  await never(() => known(watcher, 41).state?.cursor === "bob" || known(watcher, 41).state === null, "a stolen clientID", 400);
  await scene.leave();
});

test("PRES-7 of many states in a moment the others see the last, and far fewer frames", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  bob.frames.length = 0;
  for (let i = 1; i <= 200; i++) ada.send(frames.awareness({ client: 51, clock: i, state: { cursor: i } }));
  await shows(bob, 51, (s) => s?.cursor === 200);
  assert.ok(bob.of("awareness").length < 60, `${bob.of("awareness").length} frames`);
  await scene.leave();
});

for (const state of ["[1]", "5", '"text"', "{", "true", '{"a":1}x']) {
  test(`PRES-6 the state ${state} is malformed`, async () => {
    const scene = await Scene.set(server);
    const ada = await scene.raw("ada");
    ada.send(frames.awareness({ client: 61, clock: 1, state }));
    await ada.closesWith(4400);
  });
}

test("SYNC-1 a newcomer is told of everyone who is there", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.raw("ada");
  ada.send(frames.awareness({ client: 71, clock: 1, state: { cursor: 1 } }));
  await shows(await scene.raw("bob"), 71);
  await shows(await scene.raw("ada", { plain: true }), 71);
  await scene.leave();
});

test("stock clients see each other's presence come, change and go", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  const seen = () => bob.awareness.getStates().get(ada.doc.clientID);
  ada.awareness.setLocalStateField("cursor", 1);
  await until(() => seen()?.cursor === 1 && seen().user.name === "ada", "ada's cursor");
  ada.awareness.setLocalStateField("cursor", 2);
  await until(() => seen()?.cursor === 2, "ada's cursor to move");
  ada.provider.disconnect();
  await until(() => !seen(), "ada to be gone");
  ada.provider.connect();
  ada.awareness.setLocalStateField("cursor", 3);
  await until(() => seen()?.cursor === 3, "ada to be back at once", 3000);
  await scene.leave();
});

test("participants lists who is connected now", async () => {
  const scene = await Scene.set(server);
  const path = `/v1/rooms/${scene.room.id}/participants`;
  const list = () => ok(server, 200, "GET", path, { token: scene.people.ada.access }).then((p) => p.items);
  assert.deepEqual(await list(), []);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const items = await until(async () => (await list()).length === 2 && (await list()), "two participants");
  const shown = items.map(({ user_id, name, role }) => ({ user_id, name, role })).sort((a, b) => a.name.localeCompare(b.name));
  assert.deepEqual(shown, [
    { user_id: scene.people.ada.id, name: "ada", role: "owner" },
    { user_id: scene.people.bob.id, name: "bob", role: "editor" },
  ]);
  assert.ok(items.every((i) => Math.abs(Date.parse(i.connected_at) - Date.now()) < 60_000));
  await bob.close();
  await until(async () => (await list()).length === 1, "one participant");
  await ada.close();
  await until(async () => (await list()).length === 0, "nobody");
});
