// Rate limits as they are without the tests' own exemption.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server;
before(async () => (server = await startServer({ env: { RATE_LIMIT_SCALE: "1" } })));
after(() => stopAll(server));

test("guessing passwords ends in 429 with Retry-After, and X-Forwarded-For changes nothing", async () => {
  const guess = (i) =>
    call(server, "POST", "/v1/auth/signin", { body: { email: "victim@example.org", password: `guess number ${i}` }, headers: { "x-forwarded-for": `10.0.0.${i % 250}` } });
  let limited;
  for (let i = 0; i < 200 && !limited; i++) {
    const answer = await guess(i);
    if (answer.status === 429) limited = answer;
    else isProblem(answer, 401, "invalid_credentials");
  }
  assert.ok(limited, "200 guesses were answered");
  isProblem(limited, 429);
  assert.ok(Number(limited.headers.get("retry-after")) > 0);
  assert.ok(limited.headers.get("ratelimit") || limited.headers.get("ratelimit-remaining"), "a RateLimit header");
  assert.equal((await call(server, "GET", "/healthz")).status, 200);
});
