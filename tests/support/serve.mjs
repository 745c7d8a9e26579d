// The parts of a deployment as processes of their own: the schema, nodes (`meridian-origin serve`) and native edges (`meridian-origin edge`).
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, start } from "./children.mjs";
import { publicKeys, signingKeys } from "./keys.mjs";
import { freePort } from "./ports.mjs";
import { BINARY } from "./server.mjs";
import { until, within } from "./until.mjs";

const PAGE = "http://127.0.0.1:8787";

/** The variables of this process without those that the program reads. */
function bare(vars) {
  const env = { ...process.env, RUST_BACKTRACE: "1", ...vars };
  for (const name of ["DATABASE_URL", "REDIS_URL", "JWKS_URL", "PUBLIC_KEYS", "EDGE_URL", "NODE_SECRET", "SIGNING_KEYS", "NODES"]) {
    if (!(name in vars)) delete env[name];
  }
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** Brings a Postgres database up to date. */
export function migrate(databaseUrl) {
  execFileSync(BINARY, ["migrate"], { env: bare({ DATABASE_URL: databaseUrl }), stdio: "pipe" });
}

/** One process of the program, on a port of its own. */
class Part {
  constructor(command, port, env) {
    Object.assign(this, { command, port, env, url: `http://127.0.0.1:${port}`, log: "" });
  }

  /** Starts (again); resolves when it answers `/healthz`. */
  async start() {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run \`cargo build -p meridian-origin\``);
    this.child = start(BINARY, [this.command], { env: bare(this.env), stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr.on("data", (chunk) => (this.log = (this.log + chunk).slice(-200_000)));
    let ended;
    this.child.exited.then((end) => (ended = end));
    await until(async () => ended || (await this.answers()), () => `${this.command} to answer\n${this.log}`, 60_000);
    if (ended) throw new Error(`${this.command} ended before it was ready: ${JSON.stringify(ended)}\n${this.log}`);
    return this;
  }

  async answers() {
    try {
      return (await fetch(`${this.url}/healthz`)).ok;
    } catch {
      return false;
    }
  }

  get pid() {
    return this.child.pid;
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** SIGTERM, as an operator stops it; resolves with its exit. */
  async stop(timeout = 20_000) {
    if (!this.alive) return this.child.exited;
    this.child.kill("SIGTERM");
    return within(this.child.exited, `${this.command} to end after SIGTERM`, timeout);
  }

  /** `kill -9`. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

/** Where a node will be, before it is started: an edge may have to know it first. */
export async function planNode({ id = "node-1", region = "local" } = {}) {
  const port = await freePort();
  return { id, region, url: `http://127.0.0.1:${port}`, sync_url: `ws://127.0.0.1:${port}/v1/sync` };
}

/**
 * Starts a node. `databaseUrl`: shared with the edge, and migrated here; without it a file of its own, and `edgeUrl` with `nodeSecret` for the rights.
 * `jwksUrl`, or else `publicKeys` (else those that belong to `signingKeys()`). `plan`: of `planNode`. `vars`: further variables by name.
 * `{url, syncUrl, node, pid, log, stop(), kill(), start()}`.
 */
export async function startNode(options = {}) {
  const node = options.plan ?? (await planNode(options));
  if (options.databaseUrl?.startsWith("postgres") && options.migrate !== false) migrate(options.databaseUrl);
  const part = new Part("serve", Number(new URL(node.url).port), nodeVariables(node, options));
  Object.assign(part, { node, syncUrl: node.sync_url });
  return part.start();
}

/** The variables of a node. */
export function nodeVariables(node, { databaseUrl, redisUrl, jwksUrl, publicKeys: keys, edgeUrl, nodeSecret, origins, vars = {} }) {
  return {
    LISTEN: new URL(node.url).host,
    NODE_ID: node.id,
    REGION: node.region,
    NODE_URL: node.url,
    SYNC_URL: node.sync_url,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JWKS_URL: jwksUrl,
    PUBLIC_KEYS: jwksUrl ? undefined : JSON.stringify(keys ?? publicKeys()),
    EDGE_URL: edgeUrl,
    NODE_SECRET: nodeSecret,
    ALLOWED_ORIGINS: (origins ?? [PAGE]).join(","),
    DATA_DIR: folder(),
    ...vars,
  };
}

/** Starts a native edge. `databaseUrl`: Postgres (migrated here), or a file of its own without it. `nodes`: for when it hears of none otherwise. */
export async function startEdge({ databaseUrl, redisUrl, nodes, nodeSecret, region = "local", keys = signingKeys(), port, vars = {} } = {}) {
  port ??= await freePort();
  const data = folder();
  if (databaseUrl?.startsWith("postgres")) migrate(databaseUrl);
  const env = {
    LISTEN: `127.0.0.1:${port}`,
    DATABASE_URL: databaseUrl ?? `sqlite:${join(data, "edge.sqlite")}`,
    REDIS_URL: redisUrl,
    NODES: nodes && JSON.stringify(nodes),
    NODE_SECRET: nodeSecret,
    REGION: region,
    SIGNING_KEYS: JSON.stringify(keys),
    RATE_LIMIT_SCALE: "100000",
    DATA_DIR: data,
    ...vars,
  };
  return new Part("edge", port, env).start();
}

const folder = () => removeAtExit(mkdtempSync(join(tmpdir(), "meridian-part-")));

/** Runs the program with these variables and no others of its own; the sentence with which it refuses to start. */
export function refusal(command, vars) {
  try {
    execFileSync(BINARY, [command], { env: bare(vars), stdio: "pipe", timeout: 60_000 });
  } catch (error) {
    return error.stderr.toString();
  }
  throw new Error(`${command} started and ended well`);
}
