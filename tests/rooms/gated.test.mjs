// INV-1 from its two corners: what is applied and not yet committed is in nobody's answer, and a commit that fails shows nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readLog } from "../support/database.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

const NOTHING = Uint8Array.of(0);
let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

/** How many transactions of the log have failed. */
async function failures() {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^meridian_commit_failures_total (\d+)$/m.exec(text)[1]);
}

test("SYNC-2 the answer to a SyncStep1 waits for what is in it to be durable", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const release = await server.database.stall();
  let update;
  try {
    update = ada.edit((doc) => doc.getMap("m").set("a", 1));
    // At once, before anybody calls it a stall: the room has the update in its document by now.
    bob.send(frames.step1(NOTHING));
    await never(() => bob.got(update) || ada.got(update), "what is not committed", 900);
  } finally {
    await release();
  }
  await Promise.all([ada.receives(update, 30_000), bob.receives(update, 30_000)]);
  assert.equal(readLog(server.database, scene.room.id).length, 1);
  await scene.leave();
});

test("SYNC-9 a commit that fails shows nothing, and is tried until it lands once", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const release = await server.database.stall();
  let update;
  try {
    const before = await failures();
    update = ada.edit((doc) => doc.getMap("m").set("a", 1));
    await until(async () => (await failures()) > before, "a commit that fails", 30_000);
    await never(() => ada.got(update) || bob.got(update) || ada.of("saved").at(-1)?.count > 1, "what was not committed", 300);
  } finally {
    await release();
  }
  await Promise.all([ada.receives(update, 30_000), bob.receives(update, 30_000)]);
  assert.equal(readLog(server.database, scene.room.id).length, 1);
  await scene.leave();
});
