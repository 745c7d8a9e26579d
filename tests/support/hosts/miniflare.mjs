// Runs a Worker's bundle in workerd, as `wrangler.json` in this folder says, without the proxy of `wrangler dev` in between: that one answers 503 by itself when a
// connection it kept was just closed. Arguments: the folder of wrangler's packages, the port.
import { createRequire } from "node:module";
import net from "node:net";
import { join } from "node:path";

const [packages, port] = process.argv.slice(2);
const require = createRequire(join(packages, "x.js"));
// Its stand-in for Hyperdrive hears no errors of sockets: a database that is not there would end this process. Here the Worker's connection ends instead.
const connect = net.connect;
net.connect = (...args) => {
  const socket = connect(...args);
  socket.on("pipe", (from) => from.on("error", () => socket.destroy()) && socket.on("close", () => from.destroy()));
  return socket.on("error", () => socket.destroy());
};

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
