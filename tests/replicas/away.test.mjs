// A replica that is gone or silent costs a moment once; one that comes back is used again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Watcher } from "../support/positions.mjs";
import { until } from "../support/until.mjs";
import { READS, served, startStand, stopStand } from "./stand.mjs";

/** A hanging replica is given up after 250 ms; the rest is the slowness of a busy machine. */
const ONCE_MS = 1_000;

let stand, ada;

before(async () => {
  stand = await startStand();
  ada = await Watcher.signUp(stand.server, "Ada");
  await stand.cluster.caughtUp();
});
after(() => stopStand(stand));

/** Milliseconds of each of `n` reads, one after the other. */
async function times(n) {
  const times = [];
  for (let i = 0; i < n; i++) {
    const begin = performance.now();
    await ada.ok(200, "GET", "/v1/me");
    times.push(performance.now() - begin);
  }
  return times;
}

const inOrder = (times) => [...times].sort((a, b) => a - b).map(Math.round);

const nearAnswers = (what) =>
  until(
    async () => {
      stand.cluster.forgetCounts();
      await ada.ok(200, "GET", "/v1/me");
      return served(stand, [READS.me]).replicas[0] === 1;
    },
    what,
    30_000,
  );

test("the nearest replica stops and comes back", async (t) => {
  const [near] = stand.cluster.replicas;
  await near.crash();
  stand.cluster.forgetCounts();
  const taken = await times(200);
  t.diagnostic(`200 reads, ms: median ${inOrder(taken)[100]}, longest ${inOrder(taken).slice(-3)}`);
  assert.ok(Math.max(...taken) < ONCE_MS);
  assert.equal(stand.cluster.replicas[1].runs(stand.database.name, READS.me), 200, "the next one answers");
  await near.start();
  await stand.cluster.caughtUp();
  await nearAnswers("the replica to be used again after it came back");
});

test("the nearest replica hangs: callers wait once", async (t) => {
  const [near, far] = stand.cluster.replicas;
  near.freeze();
  try {
    const before = far.runs(stand.database.name, READS.me);
    const taken = await times(200);
    const slow = taken.filter((ms) => ms > 200);
    t.diagnostic(`200 reads, ms: median ${inOrder(taken)[100]}, longest ${inOrder(taken).slice(-3)}`);
    assert.ok(Math.max(...taken) < ONCE_MS, `${Math.max(...taken)}`);
    assert.ok(slow.length <= 3, `${slow.length} slow ones`);
    assert.equal(far.runs(stand.database.name, READS.me) - before, 200);
  } finally {
    near.thaw();
  }
  await nearAnswers("the replica to be used again after it hung");
});

test("all replicas hang: the primary answers", async () => {
  for (const replica of stand.cluster.replicas) replica.freeze();
  try {
    stand.cluster.primary.query("postgres", "SELECT pg_stat_statements_reset()");
    assert.ok(Math.max(...(await times(50))) < 2 * ONCE_MS);
    assert.equal(stand.cluster.primary.runs(stand.database.name, READS.me), 50);
    await ada.rename("Ada Lovelace");
    assert.equal((await ada.ok(200, "GET", "/v1/me")).name, "Ada Lovelace");
  } finally {
    for (const replica of stand.cluster.replicas) replica.thaw();
  }
  await nearAnswers("the replicas to be used again");
});

test("a server starts while a replica is away", async () => {
  const [near] = stand.cluster.replicas;
  await near.stop();
  await stand.server.restart();
  await times(5);
  await near.start();
  await stand.cluster.caughtUp();
  await nearAnswers("the replica to be used once it is there");
});
