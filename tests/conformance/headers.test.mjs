// Headers: those of security are held on every answer by `judge.mjs`; here are CORS, request ids and what may be cached.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call } from "../support/api.mjs";
import { exact } from "./support/exact.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { json, people } from "./support/things.mjs";

let server, ada;
before(async () => {
  server = await openHost();
  [ada] = await people(server, "Ada");
});
after(closeHosts);

const preflight = (origin, method = "POST", path = "/v1/rooms") =>
  exact(server, "OPTIONS", path, { headers: { origin, "access-control-request-method": method, "access-control-request-headers": "authorization,content-type,idempotency-key" } });
const list = (answer, name) => (answer.headers.get(name) ?? "").toLowerCase().split(",").map((s) => s.trim());

test("security headers are on every kind of answer", async () => {
  // Each answer is judged as it comes.
  const token = ada.access;
  const calls = [
    ["GET", "/v1/me", { token }], ["HEAD", "/v1/me", { token }], ["POST", "/v1/rooms", { token, ...json('{"name":"x"}') }], ["GET", "/v1/me", {}], ["HEAD", "/v1/me", {}], ["GET", "/v1/nothing", {}], ["HEAD", "/v1/nothing", {}],
    ["PUT", "/v1/rooms", { token }], ["POST", "/v1/rooms", { token, ...json("{") }], ["POST", "/v1/rooms", { token, ...json("{}") }], ["POST", "/v1/rooms", { token, ...json("x".repeat(70_000)) }], ["POST", "/v1/rooms", { token, raw: "x" }],
    ["GET", "/healthz", {}], ["HEAD", "/healthz", {}], ["OPTIONS", "/v1/rooms", {}], ["OPTIONS", "/v1/nothing", {}], ["OPTIONS", "/healthz", {}], ["GET", "/readyz", {}],
  ];
  for (const [method, path, options] of calls) assert.ok((await exact(server, method, path, options)).status < 500, `${method} ${path}`);
});

test("preflight: allowed origins by name, with what the page needs", async () => {
  for (const origin of ["https://board.example", "https://second.example"]) {
    for (const [method, path] of [["POST", "/v1/rooms"], ["DELETE", "/v1/rooms/x/members/y"], ["PATCH", "/v1/me"], ["PUT", "/v1/rooms/x/files/y"], ["GET", "/v1/nothing"]]) {
      const answer = await preflight(origin, method, path);
      assert.ok([200, 204].includes(answer.status), String(answer.status));
      assert.equal(answer.headers.get("access-control-allow-origin"), origin);
      for (const name of ["get", "post", "put", "patch", "delete"]) assert.ok(list(answer, "access-control-allow-methods").includes(name), name);
      for (const name of ["authorization", "content-type", "idempotency-key", "x-request-id"]) assert.ok(list(answer, "access-control-allow-headers").includes(name), name);
      assert.equal(answer.headers.get("access-control-max-age"), "7200");
      assert.equal(answer.bytes.length, 0);
    }
  }
});

test("foreign origins are allowed nothing, in preflights and in calls", async () => {
  for (const origin of ["null", "https://evil.example", "https://board.example.evil.example", "https://sub.board.example", "http://board.example", "https://board.example:8443", "https://BOARD.example", "https://board.example/", "*", ""]) {
    for (const answer of [await preflight(origin), await exact(server, "GET", "/v1/me", { token: ada.access, headers: { origin } })]) {
      assert.equal(answer.headers.get("access-control-allow-origin"), null, `${origin} → ${answer.headers.get("access-control-allow-origin")}`);
    }
  }
});

test("an allowed origin can read answers, errors too, and the headers that clients need", async () => {
  const headers = { origin: "https://board.example" };
  for (const answer of [await call(server, "GET", "/v1/me", { token: ada.access, headers }), await call(server, "GET", "/v1/me", { headers }), await call(server, "GET", "/v1/nothing", { headers }), await call(server, "PUT", "/v1/rooms", { headers })]) {
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://board.example", String(answer.status));
    for (const name of ["retry-after", "ratelimit", "ratelimit-policy", "room-seq", "x-request-id", "idempotency-replayed"]) assert.ok(list(answer, "access-control-expose-headers").includes(name), name);
  }
});

test("a request id is kept if it is plain, and made otherwise, a new one every time", async () => {
  const id = async (given) => (await exact(server, "GET", "/healthz", { headers: given === undefined ? {} : { "x-request-id": given } })).headers.get("x-request-id");
  for (const plain of ["abc-123", "A.b_C-9", "x".repeat(64)]) assert.equal(await id(plain), plain);
  const made = [];
  for (const odd of [undefined, undefined, "", "a b", "<script>", "x".repeat(65), "a\tb", "ä", "a;b"]) made.push(await id(odd));
  for (const text of made) assert.match(text, /^[0-9a-f]{32}$/);
  assert.equal(new Set(made).size, made.length);
  const refused = await exact(server, "GET", "/v1/nothing", { headers: { "x-request-id": "on-errors-too" } });
  assert.equal(refused.headers.get("x-request-id"), "on-errors-too");
});

test("what is public may be kept, what is one's own may not", async () => {
  for (const [path, kept] of [["/.well-known/jwks.json", "public, max-age=300"], ["/v1/openapi.json", "public, max-age=60"], ["/v1/limits", "public, max-age=60"], ["/healthz", "no-store"], ["/readyz", "no-store"]]) {
    assert.equal((await call(server, "GET", path)).headers.get("cache-control"), kept, path);
  }
  for (const answer of [await ada.call("GET", "/v1/me"), await ada.call("GET", "/v1/rooms"), await ada.call("POST", "/v1/rooms", { body: { name: "x" } }), await call(server, "POST", "/v1/auth/signin", { body: { email: ada.email, password: ada.password } })]) {
    assert.match(answer.headers.get("cache-control"), /no-store|private/);
  }
});

test("JSON is called JSON, and HTML is never sent", async () => {
  for (const path of ["/v1/me", "/v1/nothing", "/v1/index.html", "/v1/rooms/%3Cscript%3E"]) {
    const answer = await exact(server, "GET", path, { token: ada.access, headers: { accept: "text/html" } });
    assert.ok(["application/json", "application/problem+json"].includes(answer.type), `${path}: ${answer.type}`);
  }
});
