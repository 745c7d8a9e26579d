// Runs a Worker's bundle in workerd, as `wrangler.json` in this folder says, without the proxy of `wrangler dev` in between: that one answers 503 by itself when a
// connection it kept was just closed. Arguments: the folder of wrangler's packages, the port.
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, port] = process.argv.slice(2);
const require = createRequire(join(packages, "x.js"));
const { unstable_getMiniflareWorkerOptions } = require("wrangler");
const { Miniflare } = createRequire(require.resolve("wrangler"))("miniflare");

const { workerOptions } = unstable_getMiniflareWorkerOptions("wrangler.json");
const runtime = new Miniflare({
  host: "127.0.0.1",
  port: Number(port),
  cf: false,
  d1Persist: "state/v3/d1",
  workers: [
    {
      ...workerOptions,
      modules: true,
      scriptPath: "worker/entry.mjs",
      modulesRules: [
        { type: "ESModule", include: ["**/*.js", "**/*.mjs"] },
        { type: "CompiledWasm", include: ["**/*.wasm"] },
      ],
    },
  ],
});
await runtime.ready;
console.log(`ready at http://127.0.0.1:${port}`);
process.on("SIGTERM", async () => {
  await runtime.dispose();
  process.exit(0);
});
