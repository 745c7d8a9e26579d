// A ticket is in the way of every join: one round trip to the region's Redis and one to the database, seen from outside on the wire.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startHost, stopShared } from "../support/hosts/index.mjs";
import { startRecorder, words } from "../support/recorder.mjs";

const HOSTS = (process.env.MERIDIAN_TRACE_HOSTS ?? "native-postgres,workerd-postgres,spin").split(",");

/** Spin's host makes a connection a call and prepares each statement by itself, which are turns of its own: there, what the component asks is counted. */
const COUNTED = { spin: (turn) => /EVAL|SELECT/.test(turn.sent) };

after(stopShared);

for (const name of HOSTS) {
  const cost = COUNTED[name] ? "asks Redis once and the database once" : "costs one round trip to Redis and one to the database";
  test(`${name}: a ticket ${cost}`, async () => {
    const recorders = {};
    const between = async (part, url) => (recorders[part] = await startRecorder(url));
    const host = await startHost(name, {}, { between });
    try {
      const call = caller(host.url);
      const { access_token } = await call("POST", "/v1/auth/signup", { email: "ada@example.com", name: "Ada", password: "correct horse" });
      const { id } = await call("POST", "/v1/rooms", { name: "Room" }, access_token);
      const ticket = () => call("POST", `/v1/rooms/${id}/ticket`, {}, access_token);
      // Connections are made and statements prepared by the first ones.
      for (let i = 0; i < 20; i++) await ticket();
      const costs = [];
      for (let i = 0; i < 20; i++) {
        for (const recorder of Object.values(recorders)) recorder.forget();
        await ticket();
        costs.push(await trace(recorders));
      }
      show(name, costs[0]);
      // Nodes announce themselves and read revocations beside the calls, on connections of their own: the least of twenty is the call's own.
      const least = (part) => Math.min(...costs.map((cost) => cost[part].filter(COUNTED[name] ?? (() => true)).length));
      assert.equal(least("redis"), 1, "Redis");
      assert.equal(least("postgres"), 1, "Postgres");
    } finally {
      await host.stop();
      for (const recorder of Object.values(recorders)) await recorder.stop();
    }
  });
}

function trace({ redis, postgres }) {
  return { redis: redis.turns(), postgres: waited(postgres.turns()), connecting: postgres.turns({ connecting: true }) };
}

/** Without the one bare Sync by which sqlx asks whether a connection lives on its way back to the pool: after the answer, so nobody waits for it. */
function waited(turns) {
  const isSync = (turn) => turn.sent === "S\0\0\0\x04";
  const first = turns.findIndex(isSync);
  return turns.filter((_, i) => i !== first);
}

function show(name, { redis, postgres, connecting }) {
  const line = (part) => (turn) => console.log(`  ${name} ${part} ${turn.ms.toFixed(2)} ms: ${words(turn).slice(0, 110)}`);
  redis.forEach(line("redis   "));
  postgres.forEach(line("postgres"));
  if (connecting.length) console.log(`  ${name} makes a connection a call: ${connecting.length} turns more, which a pool (Hyperdrive, Spin's) saves`);
}

function caller(base) {
  return async (method, path, body, token) => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(base + path, { method, headers, body: JSON.stringify(body) });
    const value = await answer.json();
    assert.ok(answer.ok, JSON.stringify(value));
    return value;
  };
}
