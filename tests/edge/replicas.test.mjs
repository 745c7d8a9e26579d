// Reads of the WASM hosts on a streaming replica: only for who says how far they have seen, only when the replica has seen that too.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { READS, trust } from "../replicas/stand.mjs";
import { runEndings } from "../support/children.mjs";
import { startCluster } from "../support/cluster.mjs";
import * as spin from "../support/hosts/spin.mjs";
import * as workerd from "../support/hosts/workerd.mjs";
import { signingKeys } from "../support/keys.mjs";
import { Watcher } from "../support/positions.mjs";
import { startGateway, startRedis } from "../support/redis.mjs";
import { ROOT } from "../support/server.mjs";

let cluster, redis, gateway;
before(async () => {
  [cluster, redis] = await Promise.all([startCluster(1), startRedis()]);
  gateway = await startGateway(redis);
  trust(redis);
});
after(async () => {
  await gateway?.stop();
  await redis?.stop();
  await cluster?.stop();
  await runEndings();
});

for (const [kind, module] of Object.entries({ spin, workerd })) {
  describe(kind, () => {
    let host, name;
    before(async () => {
      const { url, replicaUrls, ...database } = await cluster.createDatabase();
      name = database.name;
      const folder = join(ROOT, "migrations");
      for (const file of readdirSync(folder).sort()) cluster.primary.query(url, readFileSync(join(folder, file), "utf8"));
      await cluster.caughtUp();
      const vars = { SIGNING_KEYS: JSON.stringify(signingKeys()), RATE_LIMIT_SCALE: "1000" };
      host = await module.start({ database: "postgres", postgresUrl: url, replicaUrls, redisUrl: redis.url, upstash: gateway, vars });
    });
    after(() => host?.stop());

    /** How often the server has looked for somebody's rooms. */
    const reads = (server) => server.runs(name, READS.rooms);

    /** Lists rooms, and says how many reads that was on the primary and on the replica. */
    async function listed(ada) {
      cluster.forgetCounts();
      const rooms = await ada.ok(200, "GET", "/v1/rooms");
      return { rooms: rooms.items.length, primary: reads(cluster.primary), replica: cluster.replicas[0].alive ? reads(cluster.replicas[0]) : 0 };
    }

    test("a replica that has seen enough answers; one that has not, or hangs, does not", async () => {
      const ada = await Watcher.signUp(host, "Ada");
      await ada.createRoom("Plan");
      await cluster.caughtUp();
      const near = await listed(ada);
      assert.deepEqual([near.rooms, near.primary, near.replica > 0], [1, 0, true], JSON.stringify(near));

      await cluster.replicas[0].pauseReplay();
      await ada.createRoom("Second");
      const behind = await listed(ada);
      assert.deepEqual([behind.rooms, behind.primary > 0], [2, true], "what was just written is seen");
      cluster.replicas[0].resumeReplay();
      await cluster.caughtUp();

      cluster.replicas[0].freeze();
      try {
        assert.equal((await ada.ok(200, "GET", "/v1/rooms")).items.length, 2, "the primary answers");
      } finally {
        cluster.replicas[0].thaw();
      }
    });
  });
}
