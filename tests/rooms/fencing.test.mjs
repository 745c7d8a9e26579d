// A room that another node takes over, as the old owner and its clients see it. The rival is a row in the database: that is all a take-over is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readLog } from "../support/database.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

test("INV-2 4409 an owner that was taken over appends nothing, shows nothing, and sends its clients away", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const first = ada.edit((doc) => doc.getMap("m").set("a", 1));
  await bob.receives(first);

  server.database.rows(`UPDATE room_heads SET epoch = epoch + 1, owner = 'rival' WHERE room = '${scene.room.id}'`);
  const late = ada.edit((doc) => doc.getMap("m").set("a", 2));
  await Promise.all([ada.closesWith(4409), bob.closesWith(4409)]);
  assert.ok(!ada.got(late) && !bob.got(late), "nothing that is not in the log was shown");
  assert.equal(readLog(server.database, scene.room.id).length, 1);

  // Who comes back finds an owner with the next epoch, and brings what was not saved.
  const again = await scene.raw("ada");
  const update = again.edit((doc) => doc.getMap("m").set("b", 3));
  await again.receives(update);
  assert.deepEqual(readLog(server.database, scene.room.id).map((row) => row.epoch), [1, 3]);
  await scene.leave();
});
