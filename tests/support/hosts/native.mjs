// The API in a native process: `meridian-origin dev`, which holds its own node.
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, start as startChild } from "../children.mjs";
import { freePort } from "../ports.mjs";
import { BINARY } from "../server.mjs";
import { until } from "../until.mjs";

/** `postgresUrl`: else a SQLite file of its own. `redisUrl`: else memory of the process. `vars`: settings by name. */
export async function start({ postgresUrl, redisUrl, vars, port }) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run \`cargo build -p meridian-origin\``);
  const data = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-native-")));
  port ??= await freePort();
  const args = ["dev", "--no-page", "--port", String(port), "--data", data];
  const env = { ...process.env, ...vars };
  for (const name of ["DATABASE_URL", "REDIS_URL"]) delete env[name];
  if (postgresUrl) env.DATABASE_URL = postgresUrl;
  if (redisUrl) env.REDIS_URL = redisUrl;
  const child = startChild(BINARY, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [output, log, ended] = ["", "", undefined];
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (log = (log + chunk).slice(-20_000)));
  child.exited.then((end) => (ended = end));
  const url = `http://127.0.0.1:${port}`;
  await until(() => ended || output.includes(`ready at ${url}`), () => `the ready line\n${output}${log}`, 60_000);
  if (ended) throw new Error(`the server ended before it was ready: ${JSON.stringify(ended)}\n${output}${log}`);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
