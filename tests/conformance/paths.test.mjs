// Paths and methods that lead somewhere, and those that don't. What is not below the API's own paths may be a page: that is the host's.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { call } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { MATRIX } from "./matrix.mjs";
import { exact } from "./support/exact.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { Cast, NOWHERE } from "./support/things.mjs";

after(closeHosts);
const server = await openHost();
const cast = await Cast.meet(server);
const stage = await cast.stage();

for (const path of [
  "/v1", "/v1/", "/v1/nothing", "/v1/rooms/", "/v1/me/", "/v1/auth", "/v1/auth/signup/", "/v1/auth/signin/x", "/v1/ME", "/v1//me", "/v1/%6de", "/v1/me%2f",
  `/v1/rooms/${NOWHERE}/`, `/v1/rooms/${NOWHERE}/nothing`, `/v1/rooms/${NOWHERE}/members/`, `/v1/rooms/${NOWHERE}/members/x/y`, "/v1/invites/code", "/.well-known/openid-configuration", "/.well-known/", "/v1/openapi.json/", "/v1/openapi", "/v1/node", "/v1/node/",
]) {
  test(`GET ${path} leads nowhere: 404 not_found`, async () => isProblem(await exact(server, "GET", path, { token: cast.owner.access }), 404, "not_found"));
}

/** All methods of each path. */
const paths = new Map();
for (const { path, method } of server.description.operations) paths.set(path, [...(paths.get(path) ?? []), method]);

for (const [template, methods] of paths) {
  const path = template.replace("{room}", stage.id).replace(/\{\w+\}/g, NOWHERE);
  test(`${template} takes no other methods: 405 with Allow`, async () => {
    const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort();
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((m) => !methods.includes(m))) {
      const answer = await exact(server, method, path, { token: cast.owner.access });
      isProblem(answer, 405, "method_not_allowed");
      assert.deepEqual(answer.headers.get("allow").split(",").map((m) => m.trim()).sort(), allowed);
    }
  });
}

for (const operation of server.description.operations.filter((o) => o.method === "GET")) {
  test(`HEAD ${operation.path} is answered like GET, without the body`, async () => {
    const row = MATRIX[operation.id];
    await row.prepare?.({ cast, stage });
    for (const [token, room] of [[cast.owner.access, stage.id], [undefined, stage.id], [cast.stranger.access, NOWHERE]]) {
      const { path } = await row.request({ cast, stage: { ...stage, id: room }, role: "owner" });
      const [get, head] = [await exact(server, "GET", path, { token }), await exact(server, "HEAD", path, { token })];
      assert.equal(head.status, get.status);
      assert.equal(head.bytes.length, 0);
      const names = (answer) => [...answer.headers.keys()].filter((n) => !["content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive", "meridian-position", "server-timing"].includes(n)).sort();
      assert.deepEqual(names(head), names(get));
      for (const name of ["content-type", "cache-control"]) assert.equal(head.headers.get(name), get.headers.get(name), name);
    }
  });
}

test("a query or a fragment is no part of the path, and a body where none belongs is not read", async () => {
  assert.equal((await call(server, "GET", "/healthz?x=/v1/nothing")).status, 200);
  assert.equal((await exact(server, "GET", "/v1/me?", { token: cast.owner.access })).status, 200);
  assert.equal((await cast.owner.call("DELETE", `/v1/rooms/${(await cast.owner.createRoom()).id}`, { body: { ignored: true } })).status, 204);
});

test("a compressed body is not inflated", async () => {
  const { gzipSync } = await import("node:zlib");
  const raw = gzipSync(JSON.stringify({ name: "x".repeat(100) }));
  const answer = await cast.owner.call("PATCH", "/v1/me", { raw, headers: { "content-type": "application/json", "content-encoding": "gzip" } });
  isProblem(answer, 400, "malformed_json");
});

test("the description is of OpenAPI 3.1 and names all that is fixed", () => {
  const { document, operations } = server.description;
  assert.match(document.openapi, /^3\.1/);
  const has = (method, path) => operations.some((o) => o.method === method && o.path.replace(/\{\w+\}/g, "{}") === path);
  for (const line of [
    "POST /v1/auth/signup", "POST /v1/auth/signin", "POST /v1/auth/refresh", "POST /v1/auth/signout", "GET /v1/me", "PATCH /v1/me", "DELETE /v1/me", "GET /.well-known/jwks.json",
    "POST /v1/rooms", "GET /v1/rooms", "GET /v1/rooms/{}", "PATCH /v1/rooms/{}", "DELETE /v1/rooms/{}", "GET /v1/rooms/{}/members", "PUT /v1/rooms/{}/members/{}", "DELETE /v1/rooms/{}/members/{}",
    "POST /v1/rooms/{}/invites", "POST /v1/invites/{}/accept", "GET /v1/rooms/{}/participants", "POST /v1/rooms/{}/ticket", "PUT /v1/rooms/{}/files/{}", "GET /v1/rooms/{}/files/{}", "GET /v1/openapi.json", "GET /healthz", "GET /readyz",
  ]) assert.ok(has(...line.split(" ")), line);
});
