// The program under test: one process on a free port, with its own data.
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtExit, runEndings, start } from "./children.mjs";
import { ENGINE, PostgresDatabase, SqliteDatabase } from "./database.mjs";
import { freePort } from "./ports.mjs";
import { startPgBouncer } from "./pgbouncer.mjs";
import { startPostgres } from "./postgres.mjs";
import { until, within } from "./until.mjs";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const BINARY = process.env.MERIDIAN_ORIGIN ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug/meridian-origin");

/** One for all servers of a test file: a promise, since two may start at once. */
let postgres, bouncer;

/**
 * Starts a server on fresh data. Options: `limits` (fields of LIMITS), `env`, `page` (folder), `engine` (`pgbouncer` is Postgres behind one), or `database`:
 * `{url, replicaUrls, server}` of a Postgres that is there already.
 */
export async function startServer(options = {}) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run \`cargo build -p meridian-origin\``);
  const data = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-data-")));
  const server = new Server({ engine: ENGINE, limits: {}, env: {}, ...options, data, port: await freePort() });
  if (options.database) {
    const { url, replicaUrls = [], server: cluster } = options.database;
    server.databaseUrl = url;
    server.env = { DATABASE_REPLICA_URLS: replicaUrls.join(","), ...server.env };
    server.database = new PostgresDatabase(cluster, url);
  } else if (server.engine === "postgres" || server.engine === "pgbouncer") {
    postgres ??= startPostgres().then((started) => started.start());
    const cluster = await postgres;
    const direct = cluster.createDatabase();
    server.databaseUrl = direct;
    server.database = new PostgresDatabase(cluster, direct);
    if (server.engine === "pgbouncer") {
      bouncer ??= startPgBouncer(cluster);
      server.databaseUrl = (await bouncer).urlOf(direct.split("/").at(-1));
      server.env = { DATABASE_PGBOUNCER: "1", ...server.env };
    }
  } else {
    server.database = new SqliteDatabase(data);
  }
  await server.start();
  return server;
}

class Server {
  constructor(options) {
    Object.assign(this, options);
    this.url = `http://127.0.0.1:${this.port}`;
    this.log = "";
  }

  /** Starts (again), on the same port and data; resolves at the ready line. */
  async start() {
    const args = ["dev", "--port", String(this.port), "--data", this.data];
    if (this.databaseUrl) args.push("--database-url", this.databaseUrl);
    args.push(...(this.page ? ["--page-dir", this.page] : ["--no-page"]));
    const env = { ...process.env, RUST_BACKTRACE: "1", RATE_LIMIT_SCALE: "100000", LIMITS: JSON.stringify(this.limits), ...this.env };
    delete env.DATABASE_URL;
    const child = start(BINARY, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.stdout = "";
    child.stdout.on("data", (chunk) => (this.stdout += chunk));
    child.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-200_000)));
    let ended;
    child.exited.then((end) => (ended = end));
    await until(() => ended || this.stdout.includes(`Meridian is ready at ${this.url}`), () => `the ready line\n${this.stdout}${this.log}`, 60_000);
    if (ended) throw new Error(`the server ended before it was ready: ${JSON.stringify(ended)}\n${this.stdout}${this.log}`);
  }

  get pid() {
    return this.child.pid;
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** `kill -9`: nothing is flushed, nobody is told. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  /** SIGTERM, as an operator stops it; resolves with its exit. */
  async stop(timeout = 20_000) {
    if (!this.alive) return this.child.exited;
    this.child.kill("SIGTERM");
    return within(this.child.exited, "the server to end after SIGTERM", timeout);
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Resident memory in bytes. */
  get memory() {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]) * 1024;
  }
}

/** Ends what this file started: for `after`. */
export async function stopAll(...servers) {
  await runEndings();
  for (const server of servers.filter(Boolean)) await server.stop().catch(() => server.kill());
  await (await bouncer)?.stop();
  await (await postgres)?.stop();
  postgres = bouncer = undefined;
}
