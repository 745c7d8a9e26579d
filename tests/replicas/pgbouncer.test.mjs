// Everything through PgBouncer in transaction mode: migrations at once, reads on replicas, statements that take too long.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startPgBouncer } from "../support/pgbouncer.mjs";
import { Watcher } from "../support/positions.mjs";
import { startServer } from "../support/server.mjs";
import { BIN } from "../support/postgres.mjs";
import { READS, served, startStand, stopStand } from "./stand.mjs";

let stand, bouncers, database, servers;

before(async () => {
  stand = await startStand({ replicas: 1 });
  bouncers = await Promise.all([stand.cluster.primary, ...stand.cluster.replicas].map((server) => startPgBouncer(server)));
  const { name } = await stand.cluster.createDatabase();
  stand.database.name = name;
  const [url, ...replicaUrls] = bouncers.map((bouncer) => bouncer.urlOf(name));
  database = { name, url, replicaUrls, server: stand.cluster.primary };
  stand.cluster.primary.query("postgres", `ALTER ROLE meridian IN DATABASE ${name} SET statement_timeout = '500ms'`);
});
after(async () => {
  for (const server of servers ?? []) await server.stop();
  for (const bouncer of bouncers ?? []) await bouncer.stop();
  await stopStand(stand);
});

test("four servers that start at once on an empty database migrate it once, and leave no lock", async () => {
  const env = { DATABASE_PGBOUNCER: "1", REDIS_URL: stand.redis.url };
  servers = await Promise.all([1, 2, 3, 4].map(() => startServer({ database, env })));
  const query = (sql) => stand.cluster.primary.query(database.name, sql).trim();
  assert.equal(query("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  assert.ok(Number(query("SELECT COUNT(*) FROM _sqlx_migrations")) >= 3);
});

test("reads after writes are right, and the replica behind its bouncer answers those that may use it", async (t) => {
  const people = await Promise.all(Array.from({ length: 12 }, (_, i) => Watcher.signUp(servers[i % 4], `Person ${i}`)));
  const walk = async (person, i) => {
    for (let round = 0; round < 20; round++) {
      await person.rename(`Person ${i}, round ${round}`);
      assert.equal((await person.ok(200, "GET", "/v1/me")).name, `Person ${i}, round ${round}`);
    }
  };
  await Promise.all(people.map(walk));
  await stand.cluster.caughtUp();
  stand.cluster.forgetCounts();
  for (let i = 0; i < 10; i++) await Promise.all(people.map((person) => person.ok(200, "GET", "/v1/me")));
  const { primary, replicas } = served(stand, [READS.me]);
  t.diagnostic(`240 reads after writes right; of 120 reads later primary ${primary}, replica ${replicas[0]}`);
  assert.deepEqual([primary, replicas[0]], [0, 120]);
});

test("a statement that takes too long ends on the server by the timeout of its role", async () => {
  const person = await Watcher.signUp(servers[0], "Ada");
  const holder = spawn(`${BIN}/psql`, ["-XAtq", stand.cluster.primary.urlOf(database.name)], { stdio: ["pipe", "pipe", "inherit"] });
  holder.stdin.write("BEGIN; LOCK TABLE rooms; SELECT 'held';\n");
  await once(holder.stdout, "data");
  try {
    const begin = performance.now();
    const answer = await person.call("POST", "/v1/rooms", { body: { name: "Plans" } });
    assert.equal(answer.status, 503);
    assert.ok(performance.now() - begin < 3_000);
    const waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO rooms%'";
    assert.equal(stand.cluster.primary.query(database.name, waiting).trim(), "0");
  } finally {
    holder.stdin.end("ROLLBACK;\n");
    await once(holder, "exit");
  }
  await person.createRoom("Plans");
});
