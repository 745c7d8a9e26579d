// A primary with streaming replicas: private servers on free ports, gone with the test file. Replay can be held back on each replica.
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit } from "./children.mjs";
import { freePort } from "./ports.mjs";
import { account, BIN, Postgres, startPostgres } from "./postgres.mjs";
import { until } from "./until.mjs";

/** Counts of statements on every server; and replicas that look for their primary often. */
const SETTINGS = ["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=off", "wal_retrieve_retry_interval=100ms", "hot_standby_feedback=on"];

/** Starts a primary and `count` replicas, all in step. */
export async function startCluster(count = 2) {
  const primary = await (await startPostgres(SETTINGS)).start();
  primary.query("postgres", "CREATE EXTENSION pg_stat_statements");
  const replicas = [];
  for (let i = 0; i < count; i++) replicas.push(await copyOf(primary));
  return new Cluster(primary, replicas);
}

async function copyOf(primary) {
  const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-replica-")));
  const user = account();
  if (user.uid) chownSync(folder, user.uid, user.gid);
  const [data, options] = [join(folder, "data"), { cwd: folder, ...user }];
  const from = ["--host", "127.0.0.1", "--port", String(primary.port), "--username", "meridian"];
  execFileSync(`${BIN}/pg_basebackup`, [...from, "--pgdata", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"], { ...options, stdio: "pipe" });
  return new Replica(folder, data, options, await freePort(), SETTINGS).start();
}

class Cluster {
  constructor(primary, replicas) {
    Object.assign(this, { primary, replicas });
  }

  /** A new, empty database that every replica has: its URL on the primary, and on each replica. */
  async createDatabase() {
    const url = this.primary.createDatabase();
    await this.caughtUp();
    const name = url.split("/").at(-1);
    return { name, url, replicaUrls: this.replicas.map((replica) => replica.urlOf(name)) };
  }

  /** Resolves when every replica (or the named ones) has replayed what the primary has written by now. */
  async caughtUp(replicas = this.replicas) {
    const written = this.primary.query("postgres", "SELECT pg_current_wal_lsn()").trim();
    for (const replica of replicas) await replica.hasReplayed(written);
  }

  /** Sets the counts of statements to zero, on every server that runs. */
  forgetCounts() {
    for (const server of [this.primary, ...this.replicas]) if (server.alive) server.query("postgres", "SELECT pg_stat_statements_reset()");
  }

  async stop() {
    for (const server of [...this.replicas, this.primary]) if (server.alive) await server.stop();
  }
}

class Replica extends Postgres {
  /** What arrives is kept but not shown until `resumeReplay()`. */
  async pauseReplay() {
    this.query("postgres", "SELECT pg_wal_replay_pause()");
    await until(() => this.query("postgres", "SELECT pg_get_wal_replay_pause_state()").trim() === "paused", "replay to pause");
  }

  resumeReplay() {
    this.query("postgres", "SELECT pg_wal_replay_resume()");
  }

  hasReplayed(lsn) {
    const behind = () => `the replica to replay ${lsn}, it is at ${this.query("postgres", "SELECT pg_last_wal_replay_lsn()")}`;
    return until(() => this.query("postgres", `SELECT pg_last_wal_replay_lsn() >= '${lsn}'`).trim() === "t", behind, 30_000);
  }

  /** Becomes a primary, on a timeline of its own. */
  promote() {
    this.query("postgres", "SELECT pg_promote()");
  }

  /** Follows another primary from now on. */
  follow(primary) {
    this.query("postgres", `ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=meridian'`);
    this.query("postgres", "SELECT pg_reload_conf()");
  }
}
