// INV-1, INV-2, INV-8: `kill -9` at random instants loses nothing that anybody was shown or told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkRoom, replay } from "../support/checker.mjs";
import { ENGINE, readLog } from "../support/database.mjs";
import { random, SEED, SLOW } from "../support/random.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { pause, until } from "../support/until.mjs";
import { draw, Recorder } from "../support/writers.mjs";

const KILLS = Number(process.env.MERIDIAN_TEST_KILLS ?? (SLOW ? 50 : 5));
const ROOMS = 3;
let server;
before(async () => (server = await startServer({ limits: { updates_per_second: 10_000, updates_burst: 10_000 } })));
after(() => stopAll(server));

/** A room with two stock clients and a recorder, all drawing. */
async function busyRoom(dice, running) {
  const scene = await Scene.set(server);
  const clients = [await scene.yjs("ada"), await scene.yjs("bob")];
  const recorder = new Recorder(scene.room, await scene.people.bob.ticket(scene.room, { reusable: true }), "recorder");
  const all = [...clients, recorder];
  const drawing = all.map((c, i) => draw(c.doc, random(dice.below(2 ** 31)), `${c.name}${i}`, running));
  return { scene, recorder, all, drawing };
}

/** Waits until the log, its replay and everybody's document agree; fails with what does not. */
async function settle(rooms) {
  for (const { scene, recorder, all } of rooms) {
    let faults = [];
    const agreed = async () => {
      faults = checkRoom(readLog(server.database, scene.room.id), all);
      if (faults.length) await pause(200); // reading a long log is work
      return faults.length === 0 && recorder.quiet;
    };
    await until(agreed, () => `agreement (seed ${SEED}): ${faults.slice(0, 5).join("; ") || "the recorder is not quiet"}`, 60_000);
    const list = replay(readLog(server.database, scene.room.id)).getArray("list").toArray();
    assert.equal(new Set(list).size, list.length, "an edit of unknown outcome happened twice");
  }
}

function summary(rooms) {
  const sum = (count) => rooms.flatMap((r) => r.all).reduce((n, c) => n + count(c), 0);
  const rows = rooms.reduce((n, r) => n + readLog(server.database, r.scene.room.id).length, 0);
  return `${rows} rows in the log, ${sum((c) => c.received.length)} updates shown, ${sum((c) => c.acknowledged?.length ?? 0)} acknowledged, lost 0`;
}

async function end(rooms) {
  for (const { scene, recorder } of rooms) {
    await recorder.stop();
    await scene.leave();
  }
}

test(`INV-1 ${KILLS} kills in ${ROOMS} busy rooms on ${ENGINE}`, async () => {
  const dice = random(SEED);
  let running = true;
  const rooms = [];
  for (let i = 0; i < ROOMS; i++) rooms.push(await busyRoom(dice, () => running));
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const shown = rooms.map((r) => r.recorder.received.length);
      // Sometimes in the middle of work, sometimes while clients are still coming back.
      if (dice.next() < 0.8) await until(() => rooms.every((r, i) => r.recorder.received.length > shown[i] + 3), `edits to flow (seed ${SEED})\n${server.log.slice(-3000)}`, 30_000);
      await pause(dice.below(800));
      await server.kill();
      await server.start();
    }
    const shown = rooms.map((r) => r.recorder.received.length);
    await until(() => rooms.every((r, i) => r.recorder.received.length > shown[i]), "edits to flow after the last kill", 30_000);
  } finally {
    running = false;
  }
  await Promise.all(rooms.flatMap((r) => r.drawing));
  await settle(rooms);
  console.log(`# seed ${SEED}, ${KILLS} kills: ${summary(rooms)}`);
  assert.ok(rooms.every((r) => r.recorder.acknowledged.length > 0));
  await end(rooms);
});

test(`INV-1 five stops by SIGTERM in busy rooms on ${ENGINE}`, async () => {
  const dice = random(SEED + 1);
  let running = true;
  const rooms = [await busyRoom(dice, () => running)];
  try {
    for (let stop = 0; stop < 5; stop++) {
      const shown = rooms[0].recorder.received.length;
      await until(() => rooms[0].recorder.received.length > shown + 10, "edits to flow", 30_000);
      assert.deepEqual(await server.stop(), { code: 0, signal: null });
      await server.start();
    }
  } finally {
    running = false;
  }
  await Promise.all(rooms[0].drawing);
  await settle(rooms);
  await end(rooms);
});

if (ENGINE === "postgres") {
  test("INV-1, SYNC-9 the database crashes and comes back: the server stays and nothing is lost", async () => {
    const dice = random(SEED + 2);
    let running = true;
    const rooms = [await busyRoom(dice, () => running)];
    const { pid } = server;
    try {
      for (let crash = 0; crash < 3; crash++) {
        const shown = rooms[0].recorder.received.length;
        await until(() => rooms[0].recorder.received.length > shown + 10, `edits to flow\n${server.log.slice(-3000)}`, 60_000);
        await server.database.server.crash();
        await pause(dice.below(1000));
        await server.database.server.start();
      }
    } finally {
      running = false;
    }
    await Promise.all(rooms[0].drawing);
    await settle(rooms);
    assert.ok(server.alive && server.pid === pid);
    await end(rooms);
  });
}
