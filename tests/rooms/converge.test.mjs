// Stock clients, yjs and y-websocket as published, work unchanged.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";
import { checkRoom, Coverage } from "../support/checker.mjs";
import { readLog } from "../support/database.mjs";
import { random, SEED } from "../support/random.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";
import { converge } from "../support/yjs.mjs";

let server;
before(async () => (server = await startServer()));
after(() => stopAll(server));

test("SYNC-1 two clients converge and a newcomer gets all", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  ada.doc.getMap("elements").set("a", new Y.Map([["x", 1]]));
  await bob.sees((doc) => doc.getMap("elements").get("a")?.get("x") === 1, "ada's shape");
  bob.doc.getMap("elements").get("a").set("x", 2);
  ada.doc.getMap("elements").get("a").set("y", 3);
  await converge([ada, bob]);
  assert.deepEqual(ada.doc.getMap("elements").toJSON(), { a: { x: 2, y: 3 } });
  assert.deepEqual((await scene.document()).getMap("elements").toJSON(), { a: { x: 2, y: 3 } });
  await scene.leave();
});

test("SYNC-1 what two people drew offline merges when they come back", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  ada.doc.getText("t").insert(0, "base ");
  await converge([ada, bob]);
  ada.provider.disconnect();
  bob.provider.disconnect();
  ada.doc.getText("t").insert(5, "ada ");
  bob.doc.getText("t").insert(5, "bob ");
  bob.doc.getText("t").delete(0, 5);
  ada.provider.connect();
  bob.provider.connect();
  await converge([ada, bob]);
  assert.deepEqual(ada.doc.getText("t").toString().split(" ").sort(), ["", "ada", "bob"]);
  await scene.leave();
});

test("SYNC-1 offline work of several megabytes arrives in one SyncStep2", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.yjs("ada", { connect: false });
  for (let i = 0; i < 300; i++) ada.doc.getArray("list").push(["0123456789abcdef".repeat(640)]);
  ada.provider.connect();
  const bob = await scene.yjs("bob");
  await converge([ada, bob], 20_000);
  assert.equal(bob.doc.getArray("list").length, 300);
  await scene.leave();
});

test("SYNC-2, SYNC-3 a stock client's own edits come back to it, and then the log holds them", async () => {
  const scene = await Scene.set(server);
  const ada = await scene.yjs("ada");
  const updates = [];
  ada.doc.on("update", (u) => updates.push(u));
  for (let i = 0; i < 20; i++) ada.doc.getArray("list").push([i]);
  await until(() => checkRoom(readLog(server.database, scene.room.id), [{ name: "ada", received: ada.received, acknowledged: updates, doc: ada.doc }]).length === 0, "all edits in the log");
  const echoed = () => Coverage.of(ada.received);
  await until(() => updates.every((u) => echoed().missing(u).length === 0), "every edit's echo");
  await scene.leave();
});

test("SYNC-4 six clients editing at random end equal to the replay of the log", async () => {
  const scene = await Scene.set(server);
  const clients = await Promise.all(["ada", "bob", "ada", "bob", "ada", "bob"].map((n) => scene.yjs(n)));
  const dice = random(SEED);
  for (let i = 0; i < 300; i++) {
    const { doc } = dice.pick(clients);
    const list = doc.getArray("list");
    if (list.length > 5 && dice.next() < 0.3) list.delete(dice.below(list.length), 1);
    else list.insert(dice.below(list.length + 1), [dice.below(1000)]);
    doc.getMap("map").set(`k${dice.below(10)}`, dice.below(1000));
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  await until(async () => {
    const all = clients.every((c) => c.provider.synced);
    return all && checkRoom(readLog(server.database, scene.room.id), clients).length === 0;
  }, () => `agreement (seed ${SEED}): ${checkRoom(readLog(server.database, scene.room.id), clients).slice(0, 5).join("; ")}`);
  await scene.leave();
});

test("SYNC-5 a stock viewer sees everything, changes nothing and is not thrown into a reconnect loop", async () => {
  const scene = await Scene.set(server, { ada: "owner", eve: "viewer" });
  const [ada, eve] = [await scene.yjs("ada"), await scene.yjs("eve")];
  ada.doc.getMap("elements").set("a", 1);
  await eve.sees((doc) => doc.getMap("elements").get("a") === 1, "ada's shape");
  eve.doc.getMap("elements").set("b", 2);
  await never(() => ada.doc.getMap("elements").has("b"), "a viewer's edit at others", 300);
  ada.doc.getMap("elements").set("c", 3);
  await eve.sees((doc) => doc.getMap("elements").get("c") === 3, "what comes after");
  assert.equal(eve.opens, 1);
  assert.deepEqual((await scene.document()).getMap("elements").toJSON(), { a: 1, c: 3 });
  await scene.leave();
});

test("INV-8 a restart loses nothing: stock clients come back by themselves and go on", async () => {
  const scene = await Scene.set(server);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  ada.doc.getMap("m").set("before", 1);
  await converge([ada, bob]);
  await server.stop();
  ada.doc.getMap("m").set("meanwhile", 2);
  await server.start();
  await bob.sees((doc) => doc.getMap("m").get("meanwhile") === 2, "what ada drew meanwhile");
  bob.doc.getMap("m").set("after", 3);
  await converge([ada, bob]);
  assert.deepEqual(checkRoom(readLog(server.database, scene.room.id), [ada, bob]), []);
  assert.deepEqual((await scene.document()).getMap("m").toJSON(), { before: 1, meanwhile: 2, after: 3 });
  await scene.leave();
});
