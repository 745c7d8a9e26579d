// A node that is told to stop while its database stands still.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ENGINE, readLog } from "../support/database.mjs";
import { RawClient } from "../support/raw.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

test("1012 a draining node commits what waits before it closes, and lets nobody in meanwhile", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.raw("ada");
  const ticket = await scene.people.bob.ticket(scene.room);
  const release = await server.database.stall();
  const update = ada.edit((doc) => doc.getMap("m").set("last", 1));
  await ada.notice("stalled", 15_000);
  const stopped = server.stop();
  try {
    await ada.notice("restarting");
    assert.ok(ada.isOpen, "not closed before what it sent is durable");
    // A frozen Postgres answers no question about rights either, so nobody can be told this reason there.
    if (ENGINE === "sqlite") await (await RawClient.open(scene.room, ticket)).closesWith(1012);
  } finally {
    await release();
  }
  await ada.closesWith(1012, 15_000);
  assert.ok(ada.got(update), "it was shown before the close");
  assert.equal((await stopped).code, 0);
  await server.start();
  assert.equal(readLog(server.database, scene.room.id).length, 1);
  await scene.leave();
});
