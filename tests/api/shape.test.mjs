// What is the same for every answer: headers, problem documents, sizes, CORS, the description of it all.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

let server, ada;
before(async () => {
  server = await startServer();
  ada = await Person.signUp(server);
});
after(() => stopAll(server));

test("unknown paths are problem documents with 404, wrong methods 405 with Allow", async () => {
  for (const path of ["/v1/nothing", "/v1/rooms/x/y/z", "/v1", "/v2/rooms", "/v1/auth/signup/"]) isProblem(await call(server, "GET", path), 404);
  const answer = await call(server, "DELETE", "/v1/rooms", { token: ada.access });
  isProblem(answer, 405);
  assert.match(answer.headers.get("allow") ?? "", /GET/);
});

test("security headers are on every answer, errors included", async () => {
  const answers = {
    ok: await ada.call("GET", "/v1/me"),
    created: await ada.call("POST", "/v1/rooms", { body: { name: "x" } }),
    unauthorized: await call(server, "GET", "/v1/me"),
    missing: await call(server, "GET", "/v1/nothing"),
    method: await call(server, "PUT", "/v1/rooms", { token: ada.access }),
    invalid: await ada.call("POST", "/v1/rooms", { body: {} }),
    malformed: await ada.call("POST", "/v1/rooms", { raw: "{", headers: { "content-type": "application/json" } }),
    health: await call(server, "GET", "/healthz"),
  };
  for (const [what, { headers }] of Object.entries(answers)) {
    assert.equal(headers.get("x-content-type-options"), "nosniff", what);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'|frame-ancestors 'none'.*default-src 'none'/, what);
    assert.match(headers.get("referrer-policy") ?? "", /no-referrer/, what);
    assert.ok(headers.get("strict-transport-security"), what);
    assert.ok(headers.get("cross-origin-resource-policy"), what);
    assert.equal(headers.get("server"), null, what);
    assert.equal(headers.get("x-powered-by"), null, what);
  }
  for (const what of ["ok", "created"]) assert.match(answers[what].headers.get("cache-control") ?? "", /no-store|private/, what);
  const signedIn = await call(server, "POST", "/v1/auth/signin", { body: { email: ada.email, password: ada.password } });
  assert.match(signedIn.headers.get("cache-control") ?? "", /no-store/);
});

test("bodies that are no JSON: 400; another media type: 415; a body over the limit: 413", async () => {
  const post = (raw, type = "application/json") => ada.call("POST", "/v1/rooms", { raw, headers: type ? { "content-type": type } : {} });
  for (const raw of ["", "{", "{'a':1}", '{"name":"a"}x', "\u0000", '{"name":"a",}', '"\ud800"', Buffer.from([0xff, 0xfe])]) {
    const answer = await post(raw);
    assert.ok([400, 422].includes(answer.status), `${JSON.stringify(raw)}: ${answer.status}`);
    isProblem(answer, answer.status);
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) isProblem(await post('{"name":"a"}', type), 415);
  isProblem(await post(JSON.stringify({ name: "x".repeat(1024 * 1024) })), 413);
  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  const answer = await post(`{"name":${deep}}`);
  assert.ok([400, 413, 422].includes(answer.status), String(answer.status));
});

test("a name of a megabyte is refused wherever a name is taken", async () => {
  const name = "x".repeat(1024 * 1024);
  for (const [method, path] of [["POST", "/v1/auth/signup"], ["PATCH", "/v1/me"], ["POST", "/v1/rooms"]]) {
    const answer = await ada.call(method, path, { body: { name, email: "a@example.org", password: "long enough for all" } });
    assert.ok([400, 413, 422].includes(answer.status), `${path}: ${answer.status}`);
    isProblem(answer, answer.status);
  }
});

test("who sends megabytes that nobody reads still gets the answer", async () => {
  const raw = Buffer.alloc(8 * 1024 * 1024, "x");
  for (let i = 0; i < 20; i++) {
    isProblem(await ada.call("POST", "/v1/rooms", { raw, headers: { "content-type": "application/json" } }), 413);
    isProblem(await call(server, "POST", "/v1/rooms", { raw, headers: { "content-type": "application/json" } }), 401);
    isProblem(await call(server, "POST", "/v1/nothing", { raw }), 404);
  }
});

test("a compressed body is not inflated without bound", async () => {
  const bomb = gzipSync(JSON.stringify({ name: "x".repeat(30 * 1024 * 1024) }));
  const answer = await ada.call("POST", "/v1/rooms", { raw: bomb, headers: { "content-type": "application/json", "content-encoding": "gzip" } });
  assert.ok([400, 413, 415, 422].includes(answer.status), String(answer.status));
});

test("CORS: the page's own origin is allowed by name, others not, never a star with credentials", async () => {
  const preflight = (origin) =>
    call(server, "OPTIONS", "/v1/rooms", { headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" } });
  for (const origin of ["https://evil.example", "null", `${server.url}.evil.example`]) {
    for (const answer of [await preflight(origin), await ada.call("GET", "/v1/me", { headers: { origin } })]) {
      const allowed = answer.headers.get("access-control-allow-origin");
      assert.ok(!allowed || (allowed !== origin && allowed !== "*"), `${origin} → ${allowed}`);
    }
  }
  const own = await preflight(server.url);
  assert.ok(own.status < 300, String(own.status));
  assert.equal(own.headers.get("access-control-allow-origin"), server.url);
  assert.match(own.headers.get("vary") ?? "", /origin/i);
});

test("health, readiness, metrics and the description are there", async () => {
  assert.equal((await call(server, "GET", "/healthz")).status, 200);
  assert.equal((await call(server, "GET", "/readyz")).status, 200);
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

test("the OpenAPI description names every route of these suites, and each route answers", async () => {
  const api = await ok(server, 200, "GET", "/v1/openapi.json");
  assert.match(api.openapi, /^3\.1/);
  for (const [path, ...methods] of [
    ["/v1/auth/signup", "post"],
    ["/v1/auth/signin", "post"],
    ["/v1/auth/refresh", "post"],
    ["/v1/auth/signout", "post"],
    ["/v1/me", "get", "patch", "delete"],
    ["/v1/rooms", "get", "post"],
  ]) {
    for (const method of methods) assert.ok(api.paths[path]?.[method], `${method} ${path}`);
  }
  for (const suffix of ["ticket", "members", "invites", "participants"]) {
    assert.ok(Object.keys(api.paths).some((p) => /^\/v1\/rooms\/\{\w+\}\//.test(p) && p.endsWith(suffix)), suffix);
  }
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const method of Object.keys(operations).filter((m) => ["get", "post", "put", "patch", "delete"].includes(m))) {
      const answer = await call(server, method.toUpperCase(), path.replace(/\{\w+\}/g, "0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d"));
      assert.ok(answer.status !== 405 && answer.status < 500, `${method} ${path}: ${answer.status}`);
      if (answer.status === 404) isProblem(answer, 404);
    }
  }
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
