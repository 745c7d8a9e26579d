// A private PgBouncer in transaction mode in front of a private Postgres.
import { chownSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, start } from "./children.mjs";
import { freePort } from "./ports.mjs";
import { account } from "./postgres.mjs";
import { until } from "./until.mjs";

const PROGRAM = process.env.MERIDIAN_TEST_PGBOUNCER ?? "/usr/sbin/pgbouncer";

/** Starts one; resolves when statements pass through it. Few connections to the server, so that clients do share them. */
export async function startPgBouncer(postgres, { connections = 4 } = {}) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: install the package pgbouncer`);
  const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-pgbouncer-")));
  const bouncer = new PgBouncer(postgres, folder, connections, await freePort());
  await bouncer.start();
  return bouncer;
}

class PgBouncer {
  constructor(postgres, folder, connections, port) {
    Object.assign(this, { postgres, folder, connections, port, log: "" });
  }

  async start() {
    const file = (name, text) => {
      writeFileSync(join(this.folder, name), text);
      return join(this.folder, name);
    };
    const settings = [
      "[databases]",
      `* = host=127.0.0.1 port=${this.postgres.port}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${this.port}`,
      "unix_socket_dir =",
      "auth_type = trust",
      `auth_file = ${file("users", '"meridian" ""\n')}`,
      "pool_mode = transaction",
      `default_pool_size = ${this.connections}`,
      "max_client_conn = 500",
    ];
    const ini = file("pgbouncer.ini", settings.join("\n") + "\n");
    const user = account();
    for (const path of user.uid ? [this.folder, ini, join(this.folder, "users")] : []) chownSync(path, user.uid, user.gid);
    this.child = start(PROGRAM, [ini], { cwd: this.folder, ...user, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (chunk) => (this.log = (this.log + chunk).slice(-20_000)));
    await until(() => this.passes(), () => `PgBouncer to pass statements on\n${this.log}`, 20_000);
  }

  passes() {
    try {
      return this.postgres.query(this.urlOf("postgres"), "SELECT 1").trim() === "1";
    } catch {
      return false;
    }
  }

  urlOf(database) {
    return `postgres://meridian@127.0.0.1:${this.port}/${database}`;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.child.exited;
  }
}
