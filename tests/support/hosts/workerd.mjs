// The API as a Worker: the built bundle in workerd, as `wrangler dev` runs it.
import { cpSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { removeAtExit, start as startChild } from "../children.mjs";
import { freePort } from "../ports.mjs";
import { ROOT } from "../server.mjs";
import { until } from "../until.mjs";

const BUNDLE = resolve(process.env.MERIDIAN_WORKER_BUNDLE ?? join(ROOT, "edge/worker/build"));
const PACKAGES = join(ROOT, "edge/worker/node_modules");
const DATABASE = { binding: "DB", database_name: "meridian", database_id: "00000000-0000-0000-0000-000000000000", migrations_dir: join(ROOT, "migrations") };
/** Nothing is reported, asked or fetched from outside. */
const QUIET = { CI: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NO_COLOR: "1" };

/** Cloudflare tells the caller's address in a header; `wrangler dev` passes on one that is there already. */
export const caller = (ip) => ({ headers: { "cf-connecting-ip": ip } });

/** `database`: `d1`, a fresh one, or `postgres` at `postgresUrl`. `upstash`: `{url, token}`. `vars`: settings by name. `page`: the folder of the built page. */
export async function start({ database, postgresUrl, replicaUrls = [], upstash, vars, page, port }) {
  if (!existsSync(join(BUNDLE, "index.js"))) throw new Error(`${BUNDLE} holds no Worker: run \`cargo xtask worker build\``);
  const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-worker-")));
  const settings = { ...vars };
  if (upstash) Object.assign(settings, { UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token });
  cpSync(BUNDLE, join(folder, "worker"), { recursive: true });
  const config = {
    name: "meridian-edge",
    main: "worker/entry.mjs",
    compatibility_date: "2026-04-01",
    vars: settings,
    ...(page ? { assets: { directory: page, binding: "ASSETS", not_found_handling: "none", run_worker_first: ["/v1", "/v1/*", "/.well-known/*", "/healthz", "/readyz"] } } : {}),
    ...(database === "d1" ? { d1_databases: [DATABASE] } : { hyperdrive: hyperdrives(postgresUrl, replicaUrls, vars) }),
  };
  writeFileSync(join(folder, "wrangler.json"), JSON.stringify(config), { mode: 0o600 });
  if (database === "d1") cpSync(await migrated(), join(folder, "state"), { recursive: true });
  return new Workerd(folder, port ?? (await freePort()), Boolean(page)).start();
}

class Workerd {
  constructor(folder, port, hasPage) {
    Object.assign(this, { folder, port, hasPage, url: `http://127.0.0.1:${port}`, log: "" });
  }

  async start() {
    const address = ["--ip", "127.0.0.1", "--port", String(this.port), "--inspector-port", "0"];
    // Wrangler also knows how to serve the page; without one, its proxy is left out, which answers by itself when it meets a connection that was just closed.
    this.child = this.hasPage
      ? wrangler(this.folder, ["dev", "--local", "--show-interactive-dev-session=false", "--persist-to", "state", ...address])
      : startChild(process.execPath, [join(ROOT, "tests/support/hosts/miniflare.mjs"), PACKAGES, String(this.port)], { cwd: this.folder, env: { ...process.env, ...QUIET }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (chunk) => (this.log = (this.log + chunk).slice(-200_000)));
    let ended;
    this.child.exited.then((end) => (ended = end));
    await until(async () => ended || (await answers(this.url)), () => `the Worker to answer\n${this.log}`, 60_000);
    if (ended) throw new Error(`wrangler ended before the Worker answered: ${JSON.stringify(ended)}\n${this.log}`);
    return this;
  }

  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.child.exited;
  }
}

/** A Hyperdrive binding for each address. Several replicas are of the regions that `REGIONS` lists, in order. */
function hyperdrives(postgresUrl, replicaUrls, vars) {
  const regions = (vars.REGIONS ?? "").split(",");
  const replica = (url, i) => binding(replicaUrls.length === 1 ? "REPLICA" : `REPLICA_${regions[i].toUpperCase().replaceAll("-", "_")}`, url);
  return [binding("PRIMARY", postgresUrl), ...replicaUrls.map(replica)];
}

function binding(name, url) {
  const address = new URL(url);
  // Wrangler insists on one, also where the server trusts this machine.
  address.password ||= "none";
  return { binding: name, id: name.toLowerCase(), localConnectionString: address.href };
}

/** The state folder of a D1 database with the schema; made once for all hosts of a test file. */
let template;
function migrated() {
  template ??= (async () => {
    const folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-d1-")));
    writeFileSync(join(folder, "wrangler.json"), JSON.stringify({ name: "meridian-edge", compatibility_date: "2026-04-01", d1_databases: [DATABASE] }));
    const child = wrangler(folder, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", "state"]);
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`the schema could not be made on D1:\n${log}`);
    return join(folder, "state");
  })();
  return template;
}

/** Wrangler's program itself, without npm in between, so that signals reach it. */
function wrangler(folder, args) {
  const manifest = createRequire(join(PACKAGES, "x.js")).resolve("wrangler/package.json");
  const program = join(dirname(manifest), "bin/wrangler.js");
  return startChild(process.execPath, [program, ...args, "--config", join(folder, "wrangler.json")], { cwd: folder, env: { ...process.env, ...QUIET }, stdio: ["ignore", "pipe", "pipe"] });
}

async function answers(url) {
  try {
    return (await fetch(`${url}/healthz`)).status < 600;
  } catch {
    return false;
  }
}
