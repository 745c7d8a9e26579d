// What "saved" means: order, counts, echoes, gaps, and a database that stands still.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";
import { call } from "../support/api.mjs";
import { checkLog, checkRoom, replay } from "../support/checker.mjs";
import { readLog } from "../support/database.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

const UNCOMMITTED = 64 * 1024;
let server;
before(async () => (server = await startServer({ limits: { uncommitted_bytes: UNCOMMITTED }, env: { ROOM_IDLE_MS: "200" } })));
after(() => stopAll(server));

test("SYNC-2, SYNC-3 an update is in the log when its echo or anyone's copy arrives", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  for (let i = 0; i < 10; i++) {
    const update = ada.edit((doc) => doc.getArray("list").push([i]));
    await Promise.race([ada.receives(update), bob.receives(update)]);
    assert.deepEqual(checkRoom(readLog(server.database, scene.room.id), [{ name: "ada", received: [update] }]), []);
  }
  await scene.leave();
});

test("saved: counts this connection's document messages and names the log's sequence", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  for (let i = 0; i < 7; i++) ada.edit((doc) => doc.getArray("list").push([i]));
  await until(() => ada.of("saved").at(-1)?.count === 7, () => `saved count 7; got ${JSON.stringify(ada.of("saved"))}`);
  const counts = ada.of("saved").map((s) => s.count);
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b), "counts never go back");
  const rows = readLog(server.database, scene.room.id);
  assert.equal(ada.of("saved").at(-1).seq, rows.length);
  bob.edit((doc) => doc.getArray("list").push(["bob"]));
  await until(() => bob.of("saved").some((s) => s.count === 1), "bob's own count starts at 1");
  await scene.leave();
});

test("SYNC-4 everybody receives updates in the order of the log", async () => {
  const scene = await Scene.set(server);
  const clients = [await scene.raw("ada"), await scene.raw("bob"), await scene.raw("bob")];
  for (let i = 0; i < 40; i++) clients[i % 3].edit((doc) => doc.getMap("m").set("same key", i));
  const order = (payloads) => payloads.flatMap((p) => Y.decodeUpdate(p).structs).map((s) => [s.id.client, s.id.clock, s.length]);
  const rows = await until(() => {
    const rows = readLog(server.database, scene.room.id);
    return order(rows.map((r) => r.payload)).reduce((n, [, , length]) => n + length, 0) === 40 && rows;
  }, "40 edits in the log");
  for (const client of clients) {
    await until(() => Y.equalSnapshots(Y.snapshot(client.doc), Y.snapshot(replay(rows))), "every client to have all");
    // Of each author, and of one key, the last one wins everywhere: the order that counts is the same.
    assert.equal(client.doc.getMap("m").get("same key"), replay(rows).getMap("m").get("same key"));
    // A frame may merge several rows; cut at rows, what came is a run of the log.
    // The echo of its own last edit may still be on its way.
    await until(() => runs(rows, client.of("update").map((f) => f.payload)) === rows.length, "every row at every client");
  }
  await scene.leave();
});

/** How many rows of the log these payloads complete. Each must complete the next ones, none early, none late. */
function runs(rows, payloads) {
  let row = 0;
  const got = new Map();
  for (const payload of payloads) {
    for (const s of Y.decodeUpdate(payload).structs) got.set(s.id.client, Math.max(got.get(s.id.client) ?? 0, s.id.clock + s.length));
    const here = (r) => Y.decodeUpdate(r.payload).structs.every((s) => (got.get(s.id.client) ?? 0) >= s.id.clock + s.length);
    while (row < rows.length && here(rows[row])) row++;
    const ahead = rows.slice(row).find(here);
    assert.equal(ahead, undefined, `seq ${ahead?.seq} came before seq ${rows[row]?.seq}`);
  }
  return row;
}

test("SYNC-6 an update that brings nothing new is echoed and counted, not logged", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.raw("ada");
  const update = ada.edit((doc) => doc.getArray("list").push(["once"]));
  await ada.receives(update);
  ada.frames.length = 0;
  ada.send(frames.update(update));
  ada.send(frames.step2(update));
  await until(() => ada.of("saved").at(-1)?.count === 3, "both counted");
  await ada.receives(update);
  assert.equal(ada.notices("refused").length, 0);
  assert.equal(readLog(server.database, scene.room.id).length, 1);
  await scene.leave();
});

test("SYNC-7 an update before its predecessor is logged, parked over a restart, asked for, and takes effect when it comes", async () => {
  const scene = await Scene.set(server);
  const source = new Y.Doc();
  const updates = [];
  source.on("update", (u) => updates.push(u));
  source.getText("t").insert(0, "one ");
  source.getText("t").insert(4, "two");
  let ada = await scene.raw("ada");
  ada.frames.length = 0;
  ada.send(frames.update(updates[1]));
  const asked = await ada.first("step1");
  assert.equal(Y.decodeStateVector(asked.payload).get(source.clientID) ?? 0, 0, "asked for everything of that author");
  await until(() => readLog(server.database, scene.room.id).length === 1, "the parked update in the log");
  await ada.close();
  await server.restart();
  assert.equal((await scene.document()).getText("t").toString(), "");
  ada = await scene.raw("ada");
  ada.send(frames.update(updates[0]));
  await until(() => ada.doc.getText("t").toString() === "one two", "both in effect at the sender");
  assert.equal((await scene.document("bob")).getText("t").toString(), "one two");
  await server.restart();
  assert.equal((await scene.document("bob")).getText("t").toString(), "one two");
  assert.deepEqual(checkRoom(readLog(server.database, scene.room.id), [{ name: "source", received: updates, doc: source }]), []);
});

test("a room that everybody left is unloaded, and the same when they come back", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.raw("ada");
  for (let i = 0; i < 50; i++) ada.edit((doc) => doc.getArray("list").insert(0, [i]));
  ada.edit((doc) => doc.getArray("list").delete(10, 20));
  await until(() => ada.of("saved").at(-1)?.count === 51, "all saved");
  await scene.leave();
  await until(async () => /^meridian_rooms 0$/m.test((await call(server, "GET", "/metrics")).bytes), "the room to be unloaded");
  const again = await scene.document("bob");
  assert.ok(Y.equalSnapshots(Y.snapshot(again), Y.snapshot(ada.doc)));
});

test("SYNC-9 while the database stands still nothing is shown; afterwards everything is there once", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const first = ada.edit((doc) => doc.getArray("list").push(["before"]));
  await bob.receives(first);
  const release = await server.database.stall();
  let update;
  try {
    update = ada.edit((doc) => doc.getArray("list").push(["during"]));
    await never(() => ada.got(update) || bob.got(update) || ada.of("saved").at(-1)?.count > 1, "an echo or a copy of what is not committed", 1000);
    await Promise.all([ada.notice("stalled", 15_000), bob.notice("stalled", 15_000)]);
    assert.ok(!ada.got(update) && !bob.got(update), "still nothing shown");
  } finally {
    await release();
  }
  await Promise.all([ada.receives(update, 30_000), bob.receives(update, 30_000)]);
  await Promise.all([ada.notice("resumed"), bob.notice("resumed")]);
  await until(() => ada.of("saved").at(-1)?.count === 2, "both saved");
  const rows = readLog(server.database, scene.room.id);
  assert.deepEqual(checkRoom(rows, [ada, bob].map((c) => ({ name: c.name, received: [first, update], doc: c.doc }))), []);
  assert.equal(rows.length, 2);
  await scene.leave();
});

test("SYNC-9, LIM-12 what waits for the database is bounded: the rest is refused and never half done", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const release = await server.database.stall();
  const sent = [];
  try {
    for (let i = 0; i < 40; i++) sent.push(ada.edit((doc) => doc.getMap("m").set(`k${i}`, "x".repeat(4096))));
    await until(() => ada.notices("refused").length > 0, "refusals", 15_000);
    assert.ok(ada.notices("refused").every((n) => n.reason === "stalled"), JSON.stringify(ada.notices("refused")[0]));
    assert.ok(ada.isOpen && bob.isOpen, "a refusal never closes (REF-1)");
    assert.equal(bob.of("update").length, 0);
  } finally {
    await release();
  }
  await until(() => ada.of("saved").at(-1)?.count === 40, () => `every message decided: ${JSON.stringify(ada.of("saved").at(-1))}`, 30_000);
  const refused = new Set(ada.notices("refused").map((n) => n.index));
  const kept = sent.filter((_, i) => !refused.has(i + 1));
  const bytes = kept.reduce((n, u) => n + u.length, 0);
  assert.ok(bytes > UNCOMMITTED / 2 && bytes <= UNCOMMITTED + 8192, `${bytes} bytes were held`);
  const rows = readLog(server.database, scene.room.id);
  assert.deepEqual(checkLog(rows), []);
  assert.deepEqual(checkRoom(rows, [{ name: "kept", received: kept.slice(0, firstGap(refused)) }]), []);
  // A client that comes back brings what was refused.
  const again = await scene.raw("ada", { doc: ada.doc });
  again.send(frames.step2(Y.encodeStateAsUpdate(ada.doc)));
  await until(() => [...Array(40).keys()].every((i) => bob.doc.getMap("m").has(`k${i}`)), "everything at bob");
  await scene.leave();
});

/** Updates of one author after a refused one stay parked: they are checked at the end. */
function firstGap(refused) {
  return Math.min(...refused) - 1;
}
