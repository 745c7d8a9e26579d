// Two nodes and an edge with a Redis between them, which may go away.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPostgres } from "../support/postgres.mjs";
import { RawClient } from "../support/raw.mjs";
import { startRedis } from "../support/redis.mjs";
import { Scene } from "../support/scene.mjs";
import { startEdge, startNode } from "../support/serve.mjs";
import { stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

let postgres, redis, databaseUrl, edge;
let nodes = [];
before(async () => {
  [postgres, redis] = await Promise.all([startPostgres().then((server) => server.start()), startRedis()]);
  databaseUrl = postgres.createDatabase();
  const redisUrl = redis.url;
  nodes = [await startNode({ databaseUrl, redisUrl, id: "one" }), await startNode({ databaseUrl, redisUrl, id: "two" })];
  edge = await startEdge({ databaseUrl, redisUrl });
});
after(() => stopAll(edge, ...nodes, redis, postgres));

const announced = () => redis.cli("ZRANGE", "meridian:nodes:seen", "0", "-1").split("\n").filter(Boolean).sort();
const query = (sql) => postgres.query(databaseUrl, sql).trim();
const ready = async (node) => {
  const answer = await fetch(`${node.url}/readyz`);
  return { status: answer.status, ...(await answer.json()) };
};

/** There are no notes meanwhile, not even of what came before: what arrives, arrives by message. */
async function withoutNotes(action) {
  query("DELETE FROM revocations; CREATE FUNCTION nothing() RETURNS trigger AS 'BEGIN RETURN NULL; END' LANGUAGE plpgsql; CREATE TRIGGER lost BEFORE INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION nothing()");
  try {
    return await action();
  } finally {
    query("DROP FUNCTION nothing CASCADE");
  }
}

/** Signs a person out and says how long their socket lived on, in ms. */
async function signOutEnds(scene, name) {
  const client = await scene.raw(name);
  await scene.people[name].signOut();
  const begin = performance.now();
  await client.closesWith(4401, 5_000);
  return performance.now() - begin;
}

test("nodes announce themselves with all that an edge needs", async () => {
  assert.deepEqual(announced(), ["one", "two"]);
  for (const node of nodes) assert.deepEqual(JSON.parse(redis.cli("HGET", "meridian:nodes", node.node.id)), node.node);
  const [seconds] = redis.cli("TIME").split("\n").map(Number);
  const left = Number(redis.cli("ZSCORE", "meridian:nodes:seen", "one")) - seconds * 1000;
  assert.ok(left > 4_000 && left < 10_000, `${left} ms`);
  assert.deepEqual(await ready(nodes[0]), { status: "ok" });
});

test("an end reaches the socket within a second by message alone", async () => {
  const scene = await Scene.set(edge, { ada: "owner", bob: "editor", eve: "viewer" });
  await withoutNotes(async () => {
    for (const name of ["bob", "eve"]) {
      const ms = await signOutEnds(scene, name);
      assert.ok(ms < 1_000, `${ms} ms`);
    }
  });
  await scene.leave();
});

test("a ticket that was used on one node is refused on the other", async () => {
  const scene = await Scene.set(edge);
  const ticket = await scene.owner.ticket(scene.room);
  const first = await RawClient.open(scene.room, ticket);
  await first.first("step1");
  const other = nodes.find((node) => node.node.id !== ticket.node);
  const second = await RawClient.open(scene.room, { ...ticket, url: other.syncUrl });
  await second.closesWith(4401);
  assert.ok(first.isOpen);
  await first.close();
  await scene.leave();
});

test("without Redis everything goes on: drawing, tickets, ends within a second; readiness says it", async () => {
  const scene = await Scene.set(edge, { ada: "owner", bob: "editor", eve: "viewer" });
  const ada = await scene.yjs("ada");
  await redis.kill();
  ada.doc.getMap("elements").set("without", 1);
  assert.equal((await scene.document("bob")).getMap("elements").get("without"), 1);
  for (const name of ["bob", "eve"]) {
    const ms = await signOutEnds(scene, name);
    assert.ok(ms < 1_000, `${ms} ms`);
  }
  const answer = await ready(nodes[0]);
  assert.equal(answer.status, "degraded");
  assert.match(answer.reason, /Redis/);
  await scene.leave();
  await redis.start();
  await until(async () => (await ready(nodes[0])).status === "ok", "the node to see Redis again");
  await until(() => announced().length === 2, "both nodes in the new Redis");
});

test("a Redis that hangs holds nobody up", async () => {
  const scene = await Scene.set(edge);
  redis.pause();
  try {
    const begin = performance.now();
    const client = await scene.raw("ada");
    assert.ok(performance.now() - begin < 5_000, `${performance.now() - begin} ms to enter`);
    await client.close();
    const ms = await signOutEnds(scene, "bob");
    assert.ok(ms < 1_000, `${ms} ms`);
  } finally {
    redis.resume();
  }
  await scene.leave();
});

test("what was missed while nobody listened is looked up when somebody does again", async () => {
  const scene = await Scene.set(edge);
  const bob = await scene.raw("bob");
  await withoutNotes(async () => {
    await redis.kill();
    await scene.people.bob.signOut();
    await never(() => !bob.isOpen, "to end without a message and without a note", 1_200);
    await redis.start();
    await bob.closesWith(4401, 10_000);
  });
  await scene.leave();
});

test("a node that stops takes its name down", async () => {
  await until(() => announced().length === 2, "both nodes");
  assert.equal((await nodes[1].stop()).code, 0);
  assert.deepEqual([announced(), redis.cli("HKEYS", "meridian:nodes")], [["one"], "one"]);
  assert.equal(query("SELECT id FROM nodes"), "one");
});
