// The host that a test file talks to: the one of the whole run (`run.mjs`), or one of its own when the file is run alone.
import assert from "node:assert/strict";
import { callerOf, COMMON, startHost, stopShared } from "../../support/hosts/index.mjs";
import { signingKeys } from "../../support/keys.mjs";
import { Description } from "./description.mjs";
import { exact } from "./exact.mjs";
import { judge } from "./judge.mjs";

/** Settings of the two hosts of a run: one whose rates are out of the way, and one as it is in production. */
export const KINDS = { general: {}, strict: { RATE_LIMIT_SCALE: "1" } };

/** What origin nodes prove themselves with. */
export const { NODE_SECRET } = COMMON;

const own = [];

/** A server for `call` and `Person`, whose every answer is judged. `kind`: of `KINDS`. */
export async function openHost(kind = "general") {
  const name = process.env.MERIDIAN_HOST ?? "native-sqlite";
  const running = JSON.parse(process.env.MERIDIAN_CONFORMANCE ?? "null");
  const url = running?.[kind] ?? (await startOwn(name, kind));
  const server = { name, url, signingKeys: signingKeys(), caller: await callerOf(name) };
  // On a connection of its own: what takes long now would leave another one to be closed in the moment of its next use.
  const { status, body } = await exact(server, "GET", "/v1/openapi.json");
  assert.equal(status, 200, "the description");
  server.description = new Description(body);
  server.judge = judge(server.description);
  return server;
}

async function startOwn(name, kind) {
  const host = await startHost(name, KINDS[kind]);
  own.push(host);
  return host.url;
}

/** For `after`. */
export async function closeHosts() {
  for (const host of own.splice(0)) await host.stop();
  await stopShared();
}
