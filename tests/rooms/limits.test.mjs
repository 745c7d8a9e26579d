// Every limit at its boundary: the last that passes, the first that does not.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import * as Y from "yjs";
import { ok } from "../support/api.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, pause, until } from "../support/until.mjs";

let sizes, counts;
const SIZES = { message_bytes: 60_000, update_bytes: 10_000, document_bytes: 100_000, document_hard_bytes: 200_000, presence_bytes: 1000, pending_bytes: 8_000 };
const COUNTS = { updates_per_second: 2, updates_burst: 8, presence_per_second: 5, presence_burst: 10, connections_per_room: 4, connections_per_user: 3, connections_per_node: 6 };
before(async () => ([sizes, counts] = await Promise.all([startServer({ limits: SIZES }), startServer({ limits: COUNTS })])));
after(() => stopAll(sizes, counts));

/** An update of exactly so many bytes. */
function updateOf(size) {
  const make = (n) => {
    const doc = new Y.Doc();
    doc.clientID = 1 + Math.floor(Math.random() * 2 ** 31) | 2 ** 28; // five bytes of varint, always
    doc.getText("t").insert(0, "x".repeat(n));
    return Y.encodeStateAsUpdate(doc);
  };
  for (let n = size - 30; n <= size; n++) {
    const update = make(n);
    if (update.length === size) return update;
  }
  throw new Error(`no update of ${size} bytes`);
}

test("the limits are published with the values in force", async () => {
  const published = await ok(sizes, 200, "GET", "/v1/limits");
  const flat = JSON.stringify(published);
  for (const [name, value] of Object.entries(SIZES)) assert.ok(flat.includes(`"${name}":${value}`), `${name} in ${flat}`);
});

test("LIM-2 an Update of the limit passes, one byte more is refused with too_large, the connection lives (REF-1)", async () => {
  const scene = await Scene.set(sizes);
  const ada = await scene.raw("ada");
  const fits = updateOf(SIZES.update_bytes);
  ada.send(frames.update(fits));
  await ada.receives(fits);
  ada.send(frames.update(updateOf(SIZES.update_bytes + 1)));
  assert.deepEqual(await ada.notice("refused").then(({ reason, index }) => ({ reason, index })), { reason: "too_large", index: 2 });
  const after = updateOf(100);
  ada.send(frames.update(after));
  await ada.receives(after);
  assert.equal(ada.of("saved").at(-1).count, 3);
  const plain = await scene.raw("bob", { plain: true });
  plain.send(frames.update(updateOf(SIZES.update_bytes + 1)));
  assert.match((await plain.first("denied")).reason, /too_large/);
  assert.ok(plain.isOpen);
  await scene.leave();
});

test("LIM-3 a SyncStep2 may be larger than an Update", async () => {
  const scene = await Scene.set(sizes);
  const ada = await scene.raw("ada");
  const work = updateOf(SIZES.update_bytes * 3);
  ada.send(frames.step2(work));
  await ada.receives(work);
  await scene.leave();
});

test("LIM-1 a message of the limit passes, one byte more closes with 4413", async () => {
  const scene = await Scene.set(sizes);
  const head = frames.step2(updateOf(50_000)).length - 50_000;
  const ada = await scene.raw("ada");
  const fits = updateOf(SIZES.message_bytes - head);
  assert.equal(frames.step2(fits).length, SIZES.message_bytes);
  ada.send(frames.step2(fits));
  await ada.receives(fits);
  ada.send(frames.step2(updateOf(SIZES.message_bytes - head + 1)));
  await ada.closesWith(4413);
  await scene.leave();
});

test("LIM-1 counts a fragmented message as a whole", async () => {
  const scene = await Scene.set(sizes);
  const ada = await scene.raw("ada");
  const whole = frames.step2(updateOf(SIZES.message_bytes + 1000));
  for (let at = 0; at < whole.length; at += 5000) ada.socket.send(whole.subarray(at, at + 5000), { fin: at + 5000 >= whole.length });
  await ada.closesWith(4413);
  await scene.leave();
});

test("LIM-4 a full document takes deletions and nothing else", async () => {
  const scene = await Scene.set(sizes);
  const ada = await scene.raw("ada");
  const refused = () => ada.notices("refused");
  let sent = 0;
  while (!refused().length && sent < 30) {
    ada.send(frames.update(updateOf(9_000)));
    sent++;
    await until(() => ada.of("saved").at(-1)?.count === sent, "a verdict");
  }
  assert.equal(refused()[0].reason, "document_full");
  assert.equal(refused()[0].index, sent);
  const held = Y.encodeStateAsUpdate(ada.doc).length;
  assert.ok(held > SIZES.document_bytes - 9_200 && held <= SIZES.document_bytes, `${held} bytes are held`);
  const deletion = ada.edit((doc) => doc.getText("t").delete(0, 20_000));
  await until(() => ada.of("saved").at(-1)?.count === sent + 1, "the deletion's verdict");
  assert.equal(refused().length, 1);
  const after = await scene.document("bob");
  assert.equal(after.getText("t").length, ada.doc.getText("t").length);
  assert.ok(deletion.length < 100);
  await scene.leave();
});

test("LIM-7 a presence state of the limit passes, a larger one is dropped with presence_too_large", async () => {
  const scene = await Scene.set(sizes);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const state = (size) => JSON.stringify({ a: "x".repeat(size - 8) });
  assert.equal(state(1000).length, 1000);
  ada.send(frames.awareness({ client: 5, clock: 1, state: state(1000) }));
  await bob.first("awareness", (f) => f.entries.some((e) => e.client === 5 && e.state?.a.length === 992));
  ada.send(frames.awareness({ client: 5, clock: 2, state: state(1001) }));
  assert.equal((await ada.notice("refused")).reason, "presence_too_large");
  await never(() => bob.of("awareness").some((f) => f.entries.some((e) => e.state?.a?.length > 992)), "an oversize state", 200);
  assert.ok(ada.isOpen);
  await scene.leave();
});

test("LIM-13 what is parked for missing predecessors is bounded", async () => {
  const scene = await Scene.set(sizes);
  const ada = await scene.raw("ada");
  const doc = new Y.Doc();
  const updates = [];
  doc.on("update", (u) => updates.push(u));
  for (let i = 0; i < 6; i++) doc.getText("t").insert(0, "x".repeat(3000));
  for (const u of updates.slice(1)) ada.send(frames.update(u));
  const refused = await ada.notice("refused");
  assert.equal(refused.reason, "too_much_pending");
  assert.ok(refused.index >= 2 && refused.index <= 4, `index ${refused.index}`);
  assert.ok(ada.isOpen);
  // Whoever brings everything is welcome.
  ada.send(frames.step2(Y.encodeStateAsUpdate(doc)));
  await until(() => ada.doc.getText("t").length === 18_000, "the whole text");
  await scene.leave();
});

describe("counts", { concurrency: false }, () => {
  test("LIM-5 a burst of document messages passes, one more closes with 4429", async () => {
    const scene = await Scene.set(counts);
    const ada = await scene.raw("ada");
    for (let i = 0; i < COUNTS.updates_burst; i++) ada.edit((doc) => doc.getArray("a").push([i]));
    await until(() => ada.of("saved").at(-1)?.count === COUNTS.updates_burst, "the burst");
    assert.ok(ada.isOpen);
    for (let i = 0; i < 4 && ada.isOpen; i++) ada.edit((doc) => doc.getArray("a").push([i]));
    await ada.closesWith(4429);
    await scene.leave();
  });

  test("LIM-5 slower than the rate is never too fast", async () => {
    const scene = await Scene.set(counts);
    const ada = await scene.raw("ada");
    for (let i = 0; i < COUNTS.updates_burst + 4; i++) {
      ada.edit((doc) => doc.getArray("a").push([i]));
      await pause(1000 / COUNTS.updates_per_second + 20);
    }
    await until(() => ada.of("saved").at(-1)?.count === COUNTS.updates_burst + 4, "all of them");
    await scene.leave();
  });

  test("LIM-5 more SyncStep1 and reauth than the rate close with 4429: each costs an encoding or a query", async () => {
    const scene = await Scene.set(counts);
    const asks = await scene.raw("ada");
    for (let i = 0; i < 30; i++) asks.send(frames.step1(Uint8Array.of(0)));
    await asks.closesWith(4429);
    const renews = await scene.raw("bob");
    const { ticket } = await scene.people.bob.ticket(scene.room, { reusable: true });
    for (let i = 0; i < 30; i++) renews.send(frames.reauth(ticket));
    await renews.closesWith(4429);
    await scene.leave();
  });
  test("LIM-6 queries for presence above the rate are dropped, nobody is closed", async () => {
    const scene = await Scene.set(counts);
    const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
    ada.send(frames.awareness({ client: 9, clock: 1, state: { cursor: 1 } }));
    await bob.first("awareness", (f) => f.entries.some((e) => e.client === 9));
    for (let i = 0; i < 500; i++) bob.send(frames.queryAwareness());
    const update = bob.edit((doc) => doc.getMap("m").set("after", 1));
    await bob.receives(update);
    const answers = bob.of("awareness").filter((f) => f.entries.length > 0).length;
    assert.ok(answers > 1 && answers < 100, `${answers} answers`);
    assert.ok(bob.isOpen);
    await scene.leave();
  });
  test("LIM-6 of too many awareness messages the last is kept, nobody is closed", async () => {
    const scene = await Scene.set(counts);
    const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
    for (let i = 1; i <= 60; i++) ada.send(frames.awareness({ client: 9, clock: i, state: { cursor: i } }));
    await bob.first("awareness", (f) => f.entries.some((e) => e.client === 9 && e.state?.cursor === 60));
    assert.ok(ada.isOpen);
    await scene.leave();
  });

  test("LIM-9 4429 one connection too many of a user in a room; another's is welcome; a place becomes free", async () => {
    const scene = await Scene.set(counts);
    const mine = [await scene.raw("ada"), await scene.raw("ada"), await scene.raw("ada")];
    await (await scene.knock("ada")).closesWith(4429);
    await scene.raw("bob");
    await mine[0].close();
    await until(async () => {
      const client = await scene.knock("ada");
      return Promise.race([client.notice("welcome").then(() => true), client.closed.then(() => false)]);
    }, "the free place");
    await scene.leave();
  });

  test("LIM-8 1013 one connection too many in a room", async () => {
    const scene = await Scene.set(counts, { ada: "owner", bob: "editor" });
    for (const name of ["ada", "bob", "ada", "bob"]) await scene.raw(name);
    await (await scene.knock("ada")).closesWith(1013);
    await scene.leave();
  });

  test("LIM-10, CONN-6 503 with Retry-After before the upgrade when the node is full", async () => {
    const scenes = [await Scene.set(counts), await Scene.set(counts)];
    for (const scene of scenes) for (const name of ["ada", "bob", "ada"]) await scene.raw(name);
    const third = await Scene.set(counts);
    const ticket = await third.owner.ticket(third.room);
    const answer = await new Promise((resolve, reject) => {
      const socket = new WebSocket(`${ticket.url}/${third.room.id}?ticket=${ticket.ticket}`);
      socket.on("unexpected-response", (_, response) => resolve(response));
      socket.on("open", () => reject(new Error("opened")));
      socket.on("error", reject);
    });
    assert.equal(answer.statusCode, 503);
    assert.ok(Number(answer.headers["retry-after"]) > 0);
    answer.destroy();
    await Promise.all(scenes.map((s) => s.leave()));
    const client = await until(() => third.raw("ada").catch(() => null), "a place");
    assert.ok(client.isOpen);
    await third.leave();
  });
});
