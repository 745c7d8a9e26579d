// A private Postgres: its own folder, its own port, gone with the test file.
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, start } from "./children.mjs";
import { freePort } from "./ports.mjs";
import { until } from "./until.mjs";

export const BIN = process.env.MERIDIAN_TEST_POSTGRES_BIN ?? "/usr/lib/postgresql/15/bin";

/** Postgres refuses to run as root: its own user then. */
export function account() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Makes a server; its `start()` resolves when it accepts connections. `settings`: more of them, such as `["wal_level=logical"]`. */
export async function startPostgres(settings = []) {
  const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-postgres-")));
  const user = account();
  if (user.uid) chownSync(folder, user.uid, user.gid);
  const options = { cwd: folder, ...user };
  const data = join(folder, "data");
  execFileSync(`${BIN}/initdb`, ["--pgdata", data, "--username", "meridian", "--auth", "trust", "--encoding", "UTF8", "--no-sync"], { ...options, stdio: "pipe" });
  return new Postgres(folder, data, options, await freePort(), settings);
}

export class Postgres {
  constructor(folder, data, options, port, settings = []) {
    Object.assign(this, { folder, data, options, port, settings, databases: 0 });
  }

  /** fsync and synchronous_commit stay on: what is tested is what runs. */
  async start() {
    const settings = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${this.folder}`, "-c", "shared_buffers=32MB", "-c", "max_connections=60", ...this.settings.flatMap((setting) => ["-c", setting])];
    this.child = start(`${BIN}/postgres`, ["-D", this.data, "-p", String(this.port), ...settings], { ...this.options, stdio: ["ignore", "ignore", "pipe"] });
    this.log = "";
    this.child.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-20_000)));
    await until(() => this.accepts(), () => `Postgres to accept connections\n${this.log}`, 30_000);
    return this;
  }

  accepts() {
    try {
      execFileSync(`${BIN}/pg_isready`, ["-h", "127.0.0.1", "-p", String(this.port), "-t", "1"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  }

  /** A new, empty database. */
  createDatabase() {
    const name = `meridian_${++this.databases}`;
    this.query("postgres", `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  urlOf(database) {
    return `postgres://meridian@127.0.0.1:${this.port}/${database}`;
  }

  query(database, sql) {
    const target = database.includes("://") ? database : `postgres://meridian@127.0.0.1:${this.port}/${database}`;
    return execFileSync(`${BIN}/psql`, ["--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-F", "|", target], { input: sql, encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "pipe"] });
  }

  /** Every server process stops where it is, as in a cut network or a stuck disk: connections stay open, nothing answers. */
  freeze() {
    this.frozen = this.processes();
    for (const pid of this.frozen) process.kill(pid, "SIGSTOP");
  }

  thaw() {
    for (const pid of this.frozen?.splice(0) ?? []) process.kill(pid, "SIGCONT");
  }

  /** The postmaster and its children. */
  processes() {
    const text = execFileSync("ps", ["-o", "pid=,ppid=", "-A"], { encoding: "utf8" });
    const pairs = text.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    return [this.child.pid, ...pairs.filter(([, parent]) => parent === this.child.pid).map(([pid]) => pid)];
  }

  get alive() {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** How often statements that match a pattern of LIKE were run here (needs pg_stat_statements). */
  runs(database, pattern) {
    const sum = `SELECT COALESCE(SUM(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = '${database}' AND query LIKE '${pattern}'`;
    return Number(this.query("postgres", sum));
  }

  /** Immediate shutdown: open transactions are lost, clients are cut off. */
  async crash() {
    this.child.kill("SIGQUIT");
    await this.child.exited;
  }

  async stop() {
    this.thaw();
    this.child.kill("SIGINT");
    await this.child.exited;
  }
}
