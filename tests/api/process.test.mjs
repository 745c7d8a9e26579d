// What is particular to the process that serves everything: metrics, readiness, and what its HTTP server does with odd connections. The API itself is held by
// `tests/conformance`, on every host.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

let server, ada;
before(async () => {
  server = await startServer();
  ada = await Person.signUp(server);
});
after(() => stopAll(server));

test("who sends megabytes that nobody reads still gets the answer", async () => {
  const raw = Buffer.alloc(8 * 1024 * 1024, "x");
  for (let i = 0; i < 20; i++) {
    isProblem(await ada.call("POST", "/v1/rooms", { raw, headers: { "content-type": "application/json" } }), 413);
    isProblem(await call(server, "POST", "/v1/rooms", { raw, headers: { "content-type": "application/json" } }), 401);
    isProblem(await call(server, "POST", "/v1/nothing", { raw }), 404);
  }
});

test("where no page is served, every path outside of the API is a problem", async () => {
  for (const path of ["/", "/index.html", "/v2/rooms", "/V1/me", "//v1/me", "/.env", "/healthz/", "/node/v1/rooms/x/participants", "/favicon.ico"]) {
    isProblem(await ada.call("GET", path), 404, "not_found");
  }
});

test("metrics are Prometheus text", async () => {
  const metrics = await call(server, "GET", "/metrics");
  assert.equal(metrics.status, 200);
  assert.match(metrics.type, /^text\/plain/);
  assert.match(metrics.bytes.toString(), /^# TYPE meridian_\w+ (counter|gauge|histogram)$/m);
});

test("readiness turns red while the database stands still, and green again; liveness stays", async () => {
  const release = await server.database.stall();
  try {
    if (server.engine === "postgres") await until(async () => (await call(server, "GET", "/readyz")).status === 503, "readiness to turn red", 20_000);
    assert.equal((await call(server, "GET", "/healthz")).status, 200);
  } finally {
    await release();
  }
  await until(async () => (await call(server, "GET", "/readyz")).status === 200, "readiness to turn green", 20_000);
});

test("a request with two lengths is refused, not guessed at", async () => {
  const text = await new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => {
      socket.write("POST /v1/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n");
    });
    let answer = "";
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (d) => (answer += d));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
  assert.match(text, /^HTTP\/1\.1 4\d\d/);
});

test("tokens outlive a restart", async () => {
  await server.restart();
  assert.equal((await ada.call("GET", "/v1/me")).status, 200);
  const answer = await call(server, "POST", "/v1/auth/refresh", { body: { refresh_token: ada.refresh } });
  assert.equal(answer.status, 200);
});
