// What a caller sees when something under the Spin component is missing: a problem document, soon, and nothing of the cause.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { runEndings } from "../support/children.mjs";
import { start } from "../support/hosts/spin.mjs";
import { signingKeys } from "../support/keys.mjs";
import { startPostgres } from "../support/postgres.mjs";
import { isProblem } from "../support/problem.mjs";
import { startRedis } from "../support/redis.mjs";
import { ROOT } from "../support/server.mjs";
import { until, within } from "../support/until.mjs";

let postgres;
before(async () => (postgres = await (await startPostgres()).start()));
after(async () => {
  await postgres?.stop();
  await runEndings();
});

const KEYS = JSON.stringify(signingKeys());
const vars = (more = {}) => ({ SIGNING_KEYS: KEYS, RATE_LIMIT_SCALE: "1000", ...more });

/** A database with the schema. */
function database(server = postgres) {
  const url = server.createDatabase();
  const folder = join(ROOT, "migrations");
  for (const file of readdirSync(folder).sort()) server.query(url, readFileSync(join(folder, file), "utf8"));
  return url;
}

/** Runs `action` with a host that is stopped afterwards. */
async function withHost(options, action) {
  const host = await start(options);
  try {
    return await action(host);
  } finally {
    await host.stop();
  }
}

test("a variable that Spin requires stops the start with its name", async () => {
  await assert.rejects(start({ database: "sqlite", vars: {} }), /the variable signing_keys is required: set SPIN_VARIABLE_SIGNING_KEYS/);
});

test("a variable that can't be used is named in the log, and nowhere else", async () => {
  const cases = [
    [{ SIGNING_KEYS: '[{"kid":"hush"' }, "SIGNING_KEYS is"],
    [{ SIGNING_KEYS: "" }, "SIGNING_KEYS is not set"],
    [{ REGION: "Hush!" }, "REGION must name regions"],
    [{ DATABASE_URL: "mysql://hush" }, "DATABASE_URL must begin with postgres://"],
    [{ REDIS_URL: "http://hush" }, "REDIS_URL must begin with redis://"],
  ];
  for (const [wrong, sentence] of cases) {
    await withHost({ database: "sqlite", vars: vars(wrong) }, async (host) => {
      for (const path of ["/healthz", "/v1/rooms"]) {
        const answer = await call(host, "GET", path);
        isProblem(answer, 500, "internal");
        assert.doesNotMatch(JSON.stringify(answer.body), /hush|[A-Z]{3,}_[A-Z]+/i);
      }
      await until(() => host.log().includes(sentence), () => `${sentence} in the log\n${host.log()}`);
      assert.doesNotMatch(host.log(), /hush/i);
    });
  }
});

test("a database that is away: 503, and again 200 when it is back", async () => {
  const server = await (await startPostgres()).start();
  const url = database(server);
  await withHost({ postgresUrl: url, vars: vars() }, async (host) => {
    const ada = await Person.signUp(host, "Ada");
    await server.stop();
    isProblem(await ada.call("GET", "/v1/rooms"), 503, "unavailable");
    assert.equal((await call(host, "GET", "/readyz")).status, 503);
    assert.equal((await call(host, "GET", "/healthz")).status, 200, "the process is well");
    await server.start();
    await ada.ok(200, "GET", "/v1/rooms");
  });
  await server.stop();
});

test("a database or a Redis that hangs is given up", async () => {
  const server = await (await startPostgres()).start();
  const redis = await startRedis();
  const url = database(server);
  try {
    await withHost({ postgresUrl: url, redisUrl: redis.url, vars: vars() }, async (host) => {
      const ada = await Person.signUp(host, "Ada");
      redis.pause();
      await ada.ok(200, "GET", "/v1/rooms");
      redis.resume();
      server.freeze();
      isProblem(await within(ada.call("GET", "/v1/rooms"), "an answer", 20_000), 503, "unavailable");
      server.thaw();
      await ada.ok(200, "GET", "/v1/rooms");
    });
  } finally {
    await redis.stop();
    await server.stop();
  }
});

test("a host that the manifest does not allow is not connected to, and its password is not in the log", async () => {
  const url = database().replace("meridian@", "meridian:hush@");
  await withHost({ postgresUrl: url, vars: vars({ DATABASE_HOST: "127.0.0.1:1" }) }, async (host) => {
    assert.equal((await call(host, "GET", "/readyz")).status, 503);
    await until(() => host.log().includes("not permitted"), () => `the reason in the log\n${host.log()}`);
    assert.doesNotMatch(host.log(), /hush/);
  });
});

test("without its Redis the API goes on, and counts rates in Spin's store", async () => {
  const redis = await startRedis();
  try {
    await withHost({ postgresUrl: database(), redisUrl: redis.url, vars: vars({ RATE_LIMIT_SCALE: "1" }) }, async (host) => {
      const ada = await Person.signUp(host, "Ada");
      await ada.createRoom("Plan");
      assert.notEqual(redis.cli("KEYS", "meridian:limit:*"), "", "rates are in Redis");
      await redis.stop();
      await ada.ok(200, "GET", "/v1/rooms");
      const statuses = [];
      for (let i = 0; i < 12; i++) {
        const body = { email: "nobody@example.com", password: "not a password" };
        statuses.push((await call(host, "POST", "/v1/auth/signin", { body })).status);
      }
      assert.equal(statuses.at(-1), 429, statuses.join(" "));
    });
  } finally {
    await redis.stop();
  }
});

test("a node that is away or not allowed: 502 or 503, soon", async () => {
  for (const NODE_HOST of ["127.0.0.1:9", "127.0.0.1:10"]) {
    const node = { id: "node-1", region: "local", url: "http://127.0.0.1:9", sync_url: "ws://127.0.0.1:9/v1/sync" };
    await withHost({ postgresUrl: database(), vars: vars({ NODES: JSON.stringify([node]), NODE_HOST }) }, async (host) => {
      const ada = await Person.signUp(host, "Ada");
      const room = await ada.createRoom("Plan");
      const answer = await ada.call("GET", `/v1/rooms/${room.id}/participants`);
      assert.ok([502, 503].includes(answer.status), `${answer.status} ${host.log()}`);
    });
  }
});
