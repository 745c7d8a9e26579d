// Runs the suite on one host: MERIDIAN_HOST. The hosts start once, all test files talk to them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startHost, stopShared } from "../support/hosts/index.mjs";
import { KINDS } from "./support/host.mjs";
import { transcriptFile } from "./support/transcript.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const name = process.env.MERIDIAN_HOST ?? "native-sqlite";

async function run() {
  rmSync(transcriptFile(name), { force: true });
  const kinds = Object.keys(KINDS);
  const started = await Promise.allSettled(kinds.map((kind) => startHost(name, KINDS[kind])));
  const hosts = started.flatMap((s) => (s.status === "fulfilled" ? [s.value] : []));
  try {
    const failed = started.find((s) => s.status === "rejected");
    if (failed) throw failed.reason;
    return await tests(Object.fromEntries(kinds.map((kind, i) => [kind, hosts[i].url])));
  } finally {
    for (const host of hosts) await host.stop();
    await stopShared();
  }
}

/** Files named on the command line, or all. */
async function tests(urls) {
  const named = process.argv.slice(2);
  const files = named.length ? named : readdirSync(HERE).filter((f) => f.endsWith(".test.mjs")).map((f) => join(HERE, f));
  const args = ["--test", "--test-reporter=spec", "--test-timeout=120000", "--test-concurrency=3", ...files];
  const env = { ...process.env, MERIDIAN_HOST: name, MERIDIAN_CONFORMANCE: JSON.stringify(urls) };
  const [code] = await once(spawn(process.execPath, args, { env, stdio: "inherit" }), "exit");
  return code ?? 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`${name} can't be started: ${error?.stack ?? error}`);
  // As the test runner would count it.
  console.log("ℹ pass 0\nℹ fail 1");
  process.exitCode = 1;
}
