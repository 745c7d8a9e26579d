// What every route answers while a part is away, held against the table of docs/operations.md; and that nothing has to be started again afterwards.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ok } from "../support/api.mjs";
import { until } from "../support/until.mjs";
import { READS, startStand, stopStand, trust } from "../replicas/stand.mjs";
import { CALLS, NODE_SECRET, prepare } from "./cast.mjs";
import { documented, render } from "./table.mjs";

/** No call takes longer, whatever is away. */
const LONGEST_MS = 6_000;
/** What a missing Redis may cost a call, after the first. */
const REDIS_MS = 300;

let stand, operations;
const table = documented();
const seen = new Map();

before(async () => {
  stand = await startStand({ replicas: 1, apart: true, nodeSecret: NODE_SECRET });
  const { paths } = await ok(stand.server, 200, "GET", "/v1/openapi.json");
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ route: `${method.toUpperCase()} ${path}`, operationId })),
  );
});
after(async (t) => {
  if (process.env.MERIDIAN_TEST_TABLE) console.log(render(table.columns, seen));
  await stopStand(stand);
});

test("every operation has a call and a row", () => {
  assert.deepEqual(operations.map(({ operationId }) => operationId).sort(), Object.keys(CALLS).sort());
  assert.deepEqual(operations.map(({ route }) => route).sort(), [...table.rows.keys()].sort());
});

/** Calls everything at once; the answers are those of the column, and come in time. */
async function holds(cast, column) {
  const answers = await Promise.all(
    operations.map(async ({ route, operationId }) => {
      const begin = performance.now();
      const { status, body } = await CALLS[operationId](cast);
      return { route, ms: performance.now() - begin, said: status < 400 ? `${status}` : `${status} ${body?.code}` };
    }),
  );
  for (const { route, said } of answers) seen.set(route, { ...seen.get(route), [column]: said });
  const wrong = answers.filter(({ route, said }) => said !== table.rows.get(route)?.[column]).map(({ route, said }) => `${route}: ${said}, documented ${table.rows.get(route)?.[column]}`);
  assert.deepEqual(wrong, []);
  const slow = answers.filter(({ ms }) => ms > LONGEST_MS).map(({ route, ms }) => `${route}: ${Math.round(ms)} ms`);
  assert.deepEqual(slow, []);
  return Math.round(Math.max(...answers.map(({ ms }) => ms)));
}

const isReady = async () => {
  const answer = await fetch(`${stand.server.url}/readyz`);
  return answer.ok;
};

/** Everything answers as if nothing had been, without a restart. */
async function recovers() {
  const begin = performance.now();
  await until(isReady, "the server to be ready again", 30_000);
  await until(() => stand.node.answers(), "the node to answer again", 30_000);
  const ms = Math.round(performance.now() - begin);
  const cast = await prepare(stand.server);
  await stand.cluster.caughtUp();
  const byReplica = () => stand.cluster.replicas[0].runs(stand.database.name, READS.me);
  const before = byReplica();
  const isRead = async () => {
    // A Redis that was away is not believed for a minute after a process has found it again: as if that had passed.
    trust(stand.redis);
    await cast.ada.ok(200, "GET", "/v1/me");
    return byReplica() > before;
  };
  await until(isRead, "the replica to be read again", 30_000);
  await holds(cast, "all well");
  return ms;
}

const OUTAGES = {
  "Redis away": { begin: () => stand.redis.kill(), end: () => stand.redis.start() },
  "Redis hangs": { begin: () => stand.redis.pause(), end: () => stand.redis.resume() },
  "replicas away": { begin: () => stand.cluster.replicas[0].crash(), end: () => stand.cluster.replicas[0].start() },
  "replicas hang": { begin: () => stand.cluster.replicas[0].freeze(), end: () => stand.cluster.replicas[0].thaw() },
  "primary away": { begin: () => stand.cluster.primary.crash(), end: () => stand.cluster.primary.start() },
  "primary hangs": { begin: () => stand.cluster.primary.freeze(), end: () => stand.cluster.primary.thaw() },
  "node away": { begin: () => stand.node.kill(), end: () => stand.node.start() },
  "node hangs": { begin: () => stand.node.child.kill("SIGSTOP"), end: () => stand.node.child.kill("SIGCONT") },
};

test("the table has a column for each outage", () => assert.deepEqual(table.columns, ["all well", ...Object.keys(OUTAGES)]));

test("all well", async () => {
  await holds(await prepare(stand.server), "all well");
});

for (const [name, { begin, end }] of Object.entries(OUTAGES)) {
  test(name, async (t) => {
    const cast = await prepare(stand.server);
    await stand.cluster.caughtUp();
    await begin();
    try {
      t.diagnostic(`longest answer ${await holds(cast, name)} ms`);
    } finally {
      await end();
    }
    t.diagnostic(`back after ${await recovers()} ms`);
  });
}

describe("a Redis that is away", () => {
  /** The shortest of several times: what the call itself takes, whatever else runs on the machine. */
  const shortest = async (work) => {
    let best = Infinity;
    for (let i = 0; i < 5; i++) {
      const begin = performance.now();
      await work();
      best = Math.min(best, performance.now() - begin);
    }
    return best;
  };

  for (const [how, begin, end] of [
    ["killed", () => stand.redis.kill(), () => stand.redis.start()],
    ["silent", () => stand.redis.pause(), () => stand.redis.resume()],
  ]) {
    test(`${how}: costs no call more than ${REDIS_MS} ms after the first`, async (t) => {
      const { ada } = await prepare(stand.server);
      const works = { read: () => ada.ok(200, "GET", "/v1/rooms"), write: () => ada.rename("Ada"), decide: () => ada.createRoom() };
      const well = {};
      for (const [what, work] of Object.entries(works)) well[what] = await shortest(work);
      await begin();
      try {
        await ada.call("GET", "/v1/me");
        for (const [what, work] of Object.entries(works)) {
          const ms = await shortest(work);
          t.diagnostic(`${what}: ${Math.round(ms)} ms, with Redis ${Math.round(well[what])} ms`);
          assert.ok(ms < well[what] + REDIS_MS, `${what}: ${ms} ms`);
        }
      } finally {
        await end();
      }
      await recovers();
    });
  }
});
