// A node that can't reach the edge's database: it asks the edge for rights, and keeps the log in a file of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RawClient } from "../support/raw.mjs";
import { Scene } from "../support/scene.mjs";
import { nodeVariables, planNode, refusal, startEdge, startNode } from "../support/serve.mjs";
import { stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { converge } from "../support/yjs.mjs";

const nodeSecret = "a secret of nodes and edge";

let edge, node, plan;
before(async () => {
  plan = await planNode();
  edge = await startEdge({ nodes: [plan], nodeSecret });
  node = await startNode({ plan, edgeUrl: edge.url, nodeSecret });
});
after(() => stopAll(node, edge));

const log = (sql) => execFileSync("sqlite3", ["-batch", "-cmd", ".timeout 20000", join(node.env.DATA_DIR, "log.sqlite"), sql], { encoding: "utf8" }).trim();

test("people draw, the log is the node's, and survives it", async () => {
  const scene = await Scene.set(edge);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  ada.doc.getMap("elements").set("a", 1);
  await converge([ada, bob]);
  assert.ok(Number(log(`SELECT count(*) FROM room_updates WHERE room = '${scene.room.id}'`)) > 0);
  await scene.leave();
  await node.kill();
  await node.start();
  assert.equal((await scene.document()).getMap("elements").get("a"), 1);
  await scene.leave();
});

test("an end reaches the socket within a second", async () => {
  const scene = await Scene.set(edge, { ada: "owner", bob: "editor", eve: "viewer" });
  const [bob, eve] = [await scene.raw("bob"), await scene.raw("eve")];
  await scene.people.bob.signOut();
  const begin = performance.now();
  await bob.closesWith(4401, 5_000);
  assert.ok(performance.now() - begin < 1_000, `${performance.now() - begin} ms`);
  await scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}/members/${scene.people.eve.id}`);
  await eve.closesWith(4403);
  await scene.leave();
});

test("who erased their account is no longer named in the node's log, though the node was stopped then", async () => {
  const scene = await Scene.set(edge, { ada: "owner", bob: "editor", eve: "editor" });
  for (const name of ["bob", "eve"]) {
    const client = await scene.yjs(name);
    client.doc.getMap("elements").set(name, 1);
    await until(() => log(`SELECT count(*) FROM room_updates WHERE author = '${scene.people[name].id}'`) !== "0", "the update in the log");
  }
  await scene.leave();
  const named = () => log(`SELECT count(*) FROM room_updates WHERE author IN ('${scene.people.bob.id}', '${scene.people.eve.id}')`);
  await scene.people.bob.ok(204, "DELETE", "/v1/me");
  await until(() => named() === "1", "bob's name to be erased");
  await node.stop();
  await scene.people.eve.ok(204, "DELETE", "/v1/me");
  await node.start();
  await until(() => named() === "0", "eve's name to be erased");
  assert.deepEqual((await scene.document("ada")).getMap("elements").toJSON(), { bob: 1, eve: 1 }, "what they drew stays");
  await scene.leave();
});

test("while the edge is away nobody enters, those inside go on, and what ended meanwhile ends when it is back", async () => {
  const scene = await Scene.set(edge);
  const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
  const ticket = await scene.owner.ticket(scene.room);
  await scene.people.bob.signOut();
  await edge.kill();
  const late = await RawClient.open(scene.room, ticket);
  await late.closesWith(1013);
  const update = ada.edit((doc) => doc.getMap("elements").set("still", 1));
  await ada.receives(update);
  await until(async () => (await fetch(`${node.url}/readyz`)).status === 503, "the node to say that it is not ready", 30_000);
  const { detail } = await (await fetch(`${node.url}/readyz`)).json();
  assert.match(detail, /Rights can't be checked/);
  await edge.start();
  await bob.closesWith(4401, 5_000);
  await until(async () => (await fetch(`${node.url}/readyz`)).status === 200, "the node to be ready again");
  await scene.leave();
});

test("a wrong secret, or an edge that takes no nodes: a sentence", async () => {
  const vars = nodeVariables(await planNode({ id: "other" }), { edgeUrl: edge.url, nodeSecret });
  assert.match(refusal("serve", { ...vars, NODE_SECRET: `${nodeSecret}!` }), /the edge has another NODE_SECRET/);
  assert.match(refusal("serve", { ...vars, NODE_SECRET: "short" }), /NODE_SECRET must have 16/);
  const alone = await startEdge();
  assert.match(refusal("serve", { ...vars, EDGE_URL: alone.url }), /it has no NODE_SECRET/);
  await alone.stop();
});
