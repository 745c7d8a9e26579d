// A node beside an edge that holds none: `meridian-origin serve`.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, start as startChild } from "../children.mjs";
import { publicKeys } from "../keys.mjs";
import { freePort } from "../ports.mjs";
import { migrate } from "../serve.mjs";
import { BINARY } from "../server.mjs";
import { until } from "../until.mjs";

/** Where the node will be, before it is started: the edge must know its address, and beside D1 the node the edge's. Clients reach it there, or at `proxy`. */
export async function planNode({ vars }, proxy) {
  const port = await freePort();
  const node = { id: vars.NODE_ID, region: vars.REGION, url: `http://127.0.0.1:${port}`, sync_url: `${(proxy ?? `http://127.0.0.1:${port}`).replace("http", "ws")}/v1/sync` };
  return { node, start: (options) => start(node, port, options) };
}

/** `postgresUrl`: shares the edge's database; else it asks the edge at `edgeUrl` and keeps its log in a file. */
async function start(node, port, { postgresUrl, redisUrl, edgeUrl, vars }) {
  const data = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-node-")));
  if (postgresUrl) migrate(postgresUrl);
  const rights = postgresUrl ? { DATABASE_URL: postgresUrl } : { DATABASE_URL: `sqlite:${join(data, "log.sqlite")}`, EDGE_URL: edgeUrl, NODE_SECRET: vars.NODE_SECRET };
  const env = {
    ...process.env,
    LISTEN: `127.0.0.1:${port}`,
    NODE_ID: node.id,
    REGION: node.region,
    NODE_URL: node.url,
    SYNC_URL: node.sync_url,
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    PUBLIC_KEYS: JSON.stringify(publicKeys()),
    ALLOWED_ORIGINS: vars.ALLOWED_ORIGINS,
    DATA_DIR: data,
    ...rights,
  };
  const child = startChild(BINARY, ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let [log, ended] = ["", undefined];
  child.stderr.on("data", (chunk) => (log = (log + chunk).slice(-20_000)));
  child.exited.then((end) => (ended = end));
  await until(async () => ended || (await answers(node.url)), () => `the node to be ready\n${log}`, 60_000);
  if (ended) throw new Error(`the node ended before it was ready: ${JSON.stringify(ended)}\n${log}`);
  return {
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function answers(url) {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}
