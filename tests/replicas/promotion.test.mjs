// The primary is lost with its last commits, a replica becomes the primary, another one still has what was lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call } from "../support/api.mjs";
import { Watcher } from "../support/positions.mjs";
import { startRelay } from "../support/relay.mjs";
import { stopAll, startServer } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { READS, served, startStand, stopStand } from "./stand.mjs";

let stand, relay, server, heir, healthy, orphan, ada, bob;

before(async () => {
  stand = await startStand({ replicas: 3 });
  [orphan, healthy, heir] = stand.cluster.replicas;
  relay = await startRelay(stand.cluster.primary.port);
  const url = stand.database.url.replace(/:\d+\//, `:${relay.port}/`);
  server = await startServer({ database: { ...stand.database, url, server: stand.cluster.primary }, env: { REDIS_URL: stand.redis.url } });
  ada = await Watcher.signUp(server, "Ada");
  bob = await Watcher.signUp(server, "Bob");
  await stand.cluster.caughtUp();
});
after(async () => {
  await stopAll(server);
  stand.cluster.replicas = [orphan, healthy, heir];
  await stopStand(stand);
});

test("a promotion with losses", async (t) => {
  // Two replicas are cut off; what comes now reaches one.
  for (const replica of [healthy, heir]) replica.follow({ port: 1 });
  await until(() => healthy.query("postgres", "SELECT COUNT(*) FROM pg_stat_wal_receiver").trim() === "0", "the receivers to end");
  await until(() => heir.query("postgres", "SELECT COUNT(*) FROM pg_stat_wal_receiver").trim() === "0", "the receivers to end");
  for (let i = 0; i < 50; i++) await ada.rename(`Lost ${i}`);
  await stand.cluster.caughtUp([orphan]);
  await stand.cluster.primary.crash();

  const answer = await bob.call("PATCH", "/v1/me", { body: { name: "Too early" } });
  assert.equal(answer.status, 503, "no primary, no write");
  relay.to(healthy.port);
  const onReplica = await bob.call("PATCH", "/v1/me", { body: { name: "Read-only" } });
  assert.equal(onReplica.status, 503, "a replica where the primary was takes no write");
  const read = await call(server, "GET", "/v1/me", { token: bob.access });
  assert.equal(read.status, 503, "and answers no read in its place");

  heir.promote();
  relay.to(heir.port);
  healthy.follow(heir);
  await until(async () => (await bob.call("PATCH", "/v1/me", { body: { name: "Bob again" } })).status === 200, "writes to work again", 30_000);

  stand.cluster.replicas = [orphan, healthy];
  stand.cluster.primary = heir;
  stand.cluster.forgetCounts();
  for (let i = 0; i < 100; i++) {
    await bob.rename(`Bob ${i}`);
    assert.equal((await bob.ok(200, "GET", "/v1/me")).name, `Bob ${i}`);
  }
  assert.equal(orphan.runs(stand.database.name, READS.me), 0, "the one that still has the old timeline is not used");

  // A replica says that it is on the new timeline from its first restart point on: at most checkpoint_timeout, 5 minutes, here at once.
  heir.query("postgres", "CHECKPOINT");
  await stand.cluster.caughtUp([healthy]);
  healthy.query("postgres", "CHECKPOINT");
  stand.cluster.forgetCounts();
  for (let i = 0; i < 50; i++) await bob.ok(200, "GET", "/v1/me");
  const { primary, replicas } = served(stand, [READS.me]);
  t.diagnostic(`50 reads after the promotion: primary ${primary}, orphan ${replicas[0]}, the replica that followed ${replicas[1]}`);
  assert.deepEqual([primary, ...replicas], [0, 0, 50]);

  // Who saw what was lost sees the new state by its next write at the latest.
  await ada.rename("Ada after all");
  assert.equal((await ada.ok(200, "GET", "/v1/me")).name, "Ada after all");
});
