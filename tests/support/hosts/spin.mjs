// The API and the page as Spin components, in the test host of edge/spin/host.
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtExit, start as startChild } from "../children.mjs";
import { until } from "../until.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");
export const HOST = process.env.MERIDIAN_SPIN_HOST ?? join(TARGET, "debug/meridian-spin-host");

/**
 * `database`: "postgres" with `postgresUrl` (and `replicaUrls`, nearest first), or "sqlite" for Spin's own. `vars`: settings by name. What connects nowhere but to
 * where these URLs lead is let through by the manifest, so the addresses go to its variables as well. `page`: the whole manifest, with the page; else every path is
 * the API's, as on the other hosts.
 */
export async function start({ database = "postgres", postgresUrl, replicaUrls = [], redisUrl, page = false, vars = {} }) {
  if (!existsSync(HOST)) throw new Error(`${HOST} is missing: run \`cargo build -p meridian-spin-host\``);
  const state = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-spin-")));
  const nodes = JSON.parse(vars.NODES ?? "[]");
  const variables = {
    ...(redisUrl ? { REDIS_URL: redisUrl, REDIS_HOST: new URL(redisUrl).host } : {}),
    ...(database === "postgres" ? { DATABASE_URL: postgresUrl, DATABASE_HOST: new URL(postgresUrl).host } : {}),
    ...(replicaUrls.length ? { DATABASE_REPLICA_URLS: replicaUrls.join(","), REPLICA_HOST: "127.0.0.1:*" } : {}),
    NODE_HOST: nodes.length === 1 ? new URL(nodes[0].url).host : "127.0.0.1:*",
    ...vars,
  };
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SPIN_VARIABLE_")));
  for (const [name, value] of Object.entries(variables)) env[`SPIN_VARIABLE_${name}`] = String(value);
  const args = ["--manifest", join(ROOT, "spin.toml"), "--target-dir", TARGET, "--state-dir", state, "--listen", "127.0.0.1:0", ...(page ? [] : ["--only", "api"])];
  const child = startChild(HOST, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [output, log, ended] = ["", "", undefined];
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (log = (log + chunk).slice(-20_000)));
  child.exited.then((end) => (ended = end));
  const ready = () => /^ready at (\S+)$/m.exec(output)?.[1];
  await until(() => ended || ready(), () => `the ready line\n${output}${log}`, 60_000);
  if (ended) throw new Error(`the host ended before it was ready: ${JSON.stringify(ended)}\n${output}${log}`);
  return {
    url: ready(),
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
