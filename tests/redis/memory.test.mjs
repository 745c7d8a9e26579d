// Two processes that share a Redis count together, and go on without it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { startRedis } from "../support/redis.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

let redis, servers;

before(async () => {
  redis = await startRedis();
  const env = { REDIS_URL: redis.url, RATE_LIMIT_SCALE: "1" };
  servers = await Promise.all([startServer({ env }), startServer({ env })]);
});

after(async () => {
  await stopAll(...(servers ?? []));
  await redis?.stop();
});

/** How many attempts the answer says are left. */
async function left(server) {
  const body = { email: "nobody@example.com", password: "not the password" };
  const { headers } = await call(server, "POST", "/v1/auth/signin", { body });
  return Number(/r=(\d+)/.exec(headers.get("ratelimit"))[1]);
}

test("attempts at one process count at the other", async () => {
  const counts = [];
  for (let i = 0; i < 6; i++) counts.push(await left(servers[i % 2]));
  // One may have come back meanwhile.
  assert.ok(counts[0] - counts[5] >= 4, `each sees the other's: ${counts}`);
  assert.match(redis.cli("KEYS", "meridian:limit:*"), /signin/);
});

test("calls go on while Redis is away, and it is used again when it is back", async () => {
  for (const [away, back] of [
    [() => redis.kill(), () => redis.start()],
    [() => redis.pause(), () => redis.resume()],
  ]) {
    await away();
    const ada = await Person.signUp(servers[0]);
    const begin = Date.now();
    for (let i = 0; i < 10; i++) assert.equal((await ada.call("GET", "/v1/me")).status, 200);
    assert.ok(Date.now() - begin < 3000, `${Date.now() - begin} ms for ten calls`);
    await back();
    const used = () => redis.cli("KEYS", "meridian:limit:*").includes(ada.id);
    await until(async () => (await ada.call("GET", "/v1/me")).status === 200 && used(), "Redis to be used again");
  }
});
