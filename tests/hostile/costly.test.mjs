// An update that would occupy the document engine for minutes: crafted items, each of which is compared with the whole document.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as encoding from "lib0/encoding";
import * as frames from "../support/frames.mjs";
import { readLog } from "../support/database.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

/** A text of `n` items that can't be joined, and `n` items of another client, each between the first and the last of them. */
function rivals(n) {
  const out = encoding.createEncoder();
  const uint = (v) => encoding.writeVarUint(out, v);
  const string = (v) => encoding.writeVarString(out, v);
  uint(2);
  [n, 1, 0].forEach(uint);
  for (let clock = 0; clock < n; clock++) {
    if (clock === 0) {
      uint(5), uint(1), string("t");
    } else {
      encoding.writeUint8(out, 0x85), uint(1), uint(clock - 1);
    }
    string("1");
  }
  [n, 9, 0].forEach(uint);
  for (let clock = 0; clock < n; clock++) {
    encoding.writeUint8(out, 0xc5), uint(1), uint(0), uint(1), uint(n - 1);
    string("2");
  }
  uint(0);
  return encoding.toUint8Array(out);
}

test("REF-2, INV-8 an update that takes minutes to apply closes its sender; other rooms do not wait", async () => {
  const [hostile, other] = [await Scene.set(server), await Scene.set(server)];
  const [attacker, witness] = [await hostile.raw("bob"), await other.raw("ada")];
  const { pid } = server;
  attacker.send(frames.update(rivals(30_000)));
  let slowest = 0;
  while (attacker.isOpen) {
    const begin = performance.now();
    await witness.receives(witness.edit((doc) => doc.getMap("m").set("at", begin)), 5000);
    slowest = Math.max(slowest, performance.now() - begin);
  }
  await attacker.closesWith(4400);
  assert.equal(server.pid, pid);
  assert.ok(server.alive);
  // The room itself goes on, and nothing of the update is in its log.
  const ada = await hostile.raw("ada");
  await ada.receives(ada.edit((doc) => doc.getMap("m").set("after", 1)));
  assert.equal(readLog(server.database, hostile.room.id).length, 1);
  console.log(`# another room waited at most ${Math.round(slowest)} ms`);
  await hostile.leave();
  await other.leave();
});
