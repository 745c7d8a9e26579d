// CONN-8: silence. Takes longer than the 30 s after which stock clients give up a link.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SLOW } from "../support/random.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { pause } from "../support/until.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

test("CONN-8 the server answers a ping at once", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.raw("ada");
  await new Promise((resolve) => {
    ada.socket.once("pong", resolve);
    ada.socket.ping();
  });
  await scene.leave();
});

if (SLOW) {
  test("CONN-8 a silent room keeps stock clients connected: something comes at least every 25 s", async () => {
    const scene = await Scene.set(server, { ada: "owner", eve: "viewer" });
    const [ada, raw] = [await scene.yjs("ada"), await scene.raw("eve")];
    ada.awareness.destroy(); // stops its own renewals, so that the room is truly silent
    await pause(65_000);
    assert.equal(ada.opens, 1);
    assert.equal(ada.closes.length, 0);
    const times = raw.frames.map((f) => f.at);
    const gaps = times.slice(1).map((t, i) => t - times[i]);
    assert.ok(Math.max(...gaps, performance.now() - times.at(-1)) <= 26_000, `gaps ${gaps.map(Math.round)}`);
    await scene.leave();
  });

  test("CONN-8 a peer from which nothing is heard for 60 s is closed", async () => {
    const scene = await Scene.set(server);
    const dead = await scene.raw("ada");
    const watcher = await scene.yjs("bob");
    dead.socket._socket.pause(); // no more pongs
    await pause(90_000);
    dead.socket._socket.resume();
    assert.ok((await dead.closed).code > 0);
    assert.equal(watcher.opens, 1);
    await scene.leave();
  });
}
