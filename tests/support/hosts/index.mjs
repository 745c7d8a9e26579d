// The hosts of the API by name, each with the real parts it stands on: databases, Redis, the gateway to it, and a node where the host holds none.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../ports.mjs";
import { startPostgres } from "../postgres.mjs";
import { signingKeys } from "../keys.mjs";
import { planNode } from "./node.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

/** Every host that the suite must pass on. */
export const HOSTS = ["native-sqlite", "native-postgres", "workerd-postgres", "workerd-d1", "spin"];

/** Settings that make every host answer alike. */
export const COMMON = {
  PAGE_URL: "https://board.example",
  ALLOWED_ORIGINS: "https://board.example,https://second.example",
  REGION: "eu-west",
  REGIONS: "eu-west,us-east",
  NODE_ID: "node-1",
  ARGON2_MEMORY_KIB: "19456",
  ARGON2_ITERATIONS: "2",
  RATE_LIMIT_SCALE: "100000",
  SIGNING_KEYS: JSON.stringify(signingKeys()),
  NODE_SECRET: "a secret of the test suites",
};

/** What each host stands on. A native process is its own node; the others need one beside them. */
const PARTS = {
  "native-sqlite": { module: "native" },
  "native-postgres": { module: "native", postgres: true, redis: true },
  "workerd-postgres": { module: "workerd", postgres: true, redis: true, gateway: true, node: true },
  "workerd-d1": { module: "workerd", node: true },
  spin: { module: "spin", postgres: true, redis: true, node: true },
};

let postgres;

/**
 * Starts a host on fresh data: `{url, readyMs, stop()}`, of which `readyMs` is the time from its start to its readiness. `vars`: settings that differ from `COMMON`. `between(part, url)` may put something between the host and its
 * "postgres" or "redis", and answers `{url}`. `page`: the folder of the built page, served at the host's own address. `proxied`: clients reach the node through the host.
 */
export async function startHost(name, vars = {}, { between = async (_, url) => ({ url }), page, proxied } = {}) {
  const parts = PARTS[name];
  if (!parts) throw new Error(`no host is called ${name}; there are ${HOSTS.join(", ")}`);
  const module = await load(parts.module);
  const started = [];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  const use = (part) => {
    started.push(part);
    return part;
  };
  try {
    const port = await freePort();
    const own = `http://127.0.0.1:${port}`;
    const settings = { ...COMMON, ...(page ? { PAGE_URL: own, ALLOWED_ORIGINS: own } : {}), ...vars };
    const options = { database: name === "workerd-d1" ? "d1" : parts.postgres ? "postgres" : "sqlite", vars: settings, port, page };
    // The node's own ways to its parts, without what is between.
    const direct = { vars: settings };
    if (parts.postgres) {
      postgres ??= startPostgres().then((server) => server.start());
      direct.postgresUrl = (await postgres).createDatabase();
      options.postgresUrl = (await between("postgres", direct.postgresUrl)).url;
    }
    if (parts.redis) {
      const { startRedis, startGateway } = await load("../redis");
      const redis = use(await startRedis());
      direct.redisUrl = redis.url;
      if (parts.gateway) {
        const gateway = use(await startGateway(redis));
        options.upstash = { url: (await between("redis", gateway.url)).url.replace(/\/$/, ""), token: gateway.token };
      } else {
        options.redisUrl = (await between("redis", redis.url)).url;
      }
    }
    const node = parts.node ? await planNode(direct, proxied ? own : undefined) : undefined;
    if (node) settings.NODES = JSON.stringify([node.node]);
    // Beside Postgres the node makes the schema; beside D1 it needs the edge.
    if (node && parts.postgres) use(await node.start(direct));
    const begin = performance.now();
    const host = use(await module.start(options));
    const readyMs = performance.now() - begin;
    if (node && !parts.postgres) use(await node.start({ ...direct, edgeUrl: host.url }));
    return { url: host.url, node: node?.node, readyMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How to call a host from another address: options of `exact`. Most see the peer's address, and all of 127.0.0.0/8 is this machine. */
export async function callerOf(name) {
  const { caller } = await load(PARTS[name].module);
  return caller ?? ((ip) => ({ localAddress: ip }));
}

/** Ends what the hosts of this process share. */
export async function stopShared() {
  await (await postgres)?.stop();
  postgres = undefined;
}

/** A module that may not be there: then the hosts that need it can't be started, and others can. */
async function load(module) {
  const file = join(HERE, `${module}.mjs`);
  if (!existsSync(file)) throw new Error(`${module}.mjs is missing in tests/support/hosts`);
  return import(file);
}
