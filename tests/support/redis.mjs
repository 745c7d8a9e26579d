// A private Redis, and the gateway that speaks Upstash's REST protocol in front of it: own port, nothing on disk, gone with the test file.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtExit, start } from "./children.mjs";
import { freePort } from "./ports.mjs";
import { until, within } from "./until.mjs";

const SERVER = process.env.MERIDIAN_TEST_REDIS ?? "/usr/bin/redis-server";
const CLI = process.env.MERIDIAN_TEST_REDIS_CLI ?? "/usr/bin/redis-cli";
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const GATEWAY =
  process.env.MERIDIAN_REDIS_GATEWAY ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug/meridian-redis-gateway");

/** Starts a Redis; resolves when it answers. It keeps nothing: after `restart()` it is empty. Options: `args` (more of redis-server's). */
export async function startRedis({ args = [] } = {}) {
  const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-redis-")));
  const redis = new Redis(folder, await freePort(), args);
  await redis.start();
  return redis;
}

class Redis {
  constructor(folder, port, args) {
    Object.assign(this, { folder, port, args, url: `redis://127.0.0.1:${port}`, log: "" });
  }

  /** Starts (again), on the same port. */
  async start() {
    if (!existsSync(SERVER)) throw new Error(`${SERVER} is missing: install the package redis-server`);
    const settings = ["--bind", "127.0.0.1", "--port", String(this.port), "--dir", this.folder, "--save", "", "--appendonly", "no", ...this.args];
    this.child = start(SERVER, settings, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on("data", (chunk) => (this.log = (this.log + chunk).slice(-20_000)));
    }
    await until(() => this.alive && this.answers(), () => `Redis to answer\n${this.log}`, 20_000);
  }

  answers() {
    try {
      return this.cli("PING") === "PONG";
    } catch {
      return false;
    }
  }

  /** Runs a command from outside, and returns what `redis-cli` prints. */
  cli(...command) {
    const args = ["-h", "127.0.0.1", "-p", String(this.port), ...command];
    return execFileSync(CLI, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 2_000 }).trimEnd();
  }

  get pid() {
    return this.child.pid;
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stands still, as behind a cut network: connections stay open, nothing answers. */
  pause() {
    this.child.kill("SIGSTOP");
  }

  resume() {
    this.child.kill("SIGCONT");
  }

  /** `kill -9`. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  async stop() {
    if (!this.alive) return;
    this.resume();
    this.child.kill("SIGTERM");
    await within(this.child.exited, "Redis to end after SIGTERM").catch(() => this.kill());
  }

  /** Ends and comes back on the same port, empty. */
  async restart() {
    await this.stop();
    await this.start();
  }
}

/** Starts the REST gateway in front of a Redis (anything with a `url`); resolves at its ready line. Options: `token`, `args`, `env`. */
export async function startGateway(redis, options = {}) {
  if (!existsSync(GATEWAY)) throw new Error(`${GATEWAY} is missing: run \`cargo build -p meridian-redis-gateway\``);
  const gateway = new Gateway(redis, options);
  await gateway.start();
  return gateway;
}

class Gateway {
  constructor(redis, { token = randomBytes(24).toString("base64url"), args = [], env = {} }) {
    Object.assign(this, { redis, token, args, env, log: "" });
  }

  async start() {
    const env = { ...process.env, REDIS_URL: this.redis.url, UPSTASH_REDIS_REST_TOKEN: this.token, ...this.env };
    this.child = start(GATEWAY, ["--listen", "127.0.0.1:0", ...this.args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    this.child.stdout.on("data", (chunk) => (stdout += chunk));
    this.child.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-20_000)));
    let ended;
    this.child.exited.then((end) => (ended = end));
    const url = () => /ready at (http:\/\/\S+)\n/.exec(stdout)?.[1];
    await until(() => ended || url(), () => `the gateway's ready line\n${stdout}${this.log}`, 20_000);
    if (ended) throw new Error(`the gateway ended before it was ready: ${JSON.stringify(ended)}\n${stdout}${this.log}`);
    this.url = url();
  }

  /** SIGTERM; resolves with its exit. */
  async stop() {
    this.child.kill("SIGTERM");
    return within(this.child.exited, "the gateway to end after SIGTERM");
  }
}
