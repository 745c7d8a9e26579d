// INV-8: an update made to break decoders harms its sender only. The room works on, before and after a restart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";
import { STATE_VECTORS, UPDATES } from "../support/craft.mjs";
import { readLog } from "../support/database.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

const MIB = 1024 * 1024;
let server, scene, pid;
before(async () => {
  server = await startServer({ limits: { updates_per_second: 100_000, updates_burst: 100_000 } });
  scene = await Scene.set(server);
  pid = server.pid;
});
after(() => stopAll(server));

const rooms = [];

async function survives(frame) {
  // A room of its own for each, so that one poison can't hide behind another.
  scene.room = await scene.owner.createRoom("Poison");
  await scene.owner.bring(scene.people.bob, scene.room);
  rooms.push(scene.room);
  const witness = await scene.raw("ada");
  await witness.receives(witness.edit((doc) => doc.getMap("witness").set("before", 1)), 5000);
  const memory = server.memory;
  const attacker = await scene.raw("bob");
  attacker.send(frame);
  attacker.send(frames.queryAwareness());
  await until(() => !attacker.isOpen || attacker.of("saved").length || attacker.notices("refused").length || attacker.of("step2").length > 1, "a verdict", 3000).catch(() => {});
  await witness.receives(witness.edit((doc) => doc.getMap("witness").set("after", 1)), 5000);
  assert.equal(witness.broken, undefined, "stock Yjs can't read what the server passed on");
  assert.ok(witness.isOpen && server.alive && server.pid === pid, `the server ended\n${server.log.slice(-2000)}`);
  assert.ok(server.memory - memory < 200 * MIB, `memory grew by ${Math.round((server.memory - memory) / MIB)} MiB`);
  if (!attacker.isOpen) assert.equal((await attacker.closed).code, 4400);
  const newcomer = await scene.yjs("ada");
  assert.ok(newcomer.provider.synced);
  const after = newcomer.doc;
  assert.deepEqual(after.getMap("witness").toJSON(), { before: 1, after: 1 });
  await scene.leave();
}

for (const [what, payload] of UPDATES) test(`REF-2, INV-8 an Update with ${what}`, () => survives(frames.update(payload)));
for (const [what, payload] of UPDATES.slice(0, 3)) test(`REF-2, INV-8 a SyncStep2 with ${what}`, () => survives(frames.step2(payload)));
for (const [what, payload] of STATE_VECTORS) test(`REF-2, INV-8 a SyncStep1 with ${what}`, () => survives(frames.step1(payload)));

test("INV-8 what was accepted of it does not stop the server, nor a room, from starting again", async () => {
  await server.kill();
  await server.start();
  for (const room of rooms) {
    scene.room = room;
    const doc = await scene.document().catch((e) => assert.fail(`room ${rooms.indexOf(room)}: ${e.message}`));
    assert.deepEqual(doc.getMap("witness").toJSON(), { before: 1, after: 1 });
    for (const row of readLog(server.database, room.id)) Y.decodeUpdate(row.payload); // stock clients can read the log
  }
});
