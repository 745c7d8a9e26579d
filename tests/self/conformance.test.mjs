// The conformance suite can fail: each family of its checks is run on a host with one fault, and must find it; without a fault it passes through the same proxy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { differences } from "../conformance/support/transcript.mjs";
import { removeAtExit } from "../support/children.mjs";
import { startFaulty } from "../support/faults.mjs";
import { startHost, stopShared } from "../support/hosts/index.mjs";
import { ROOT } from "../support/server.mjs";

const hosts = {};
/** Transcripts of broken hosts are not kept. */
const transcripts = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-transcripts-")));
before(async () => {
  hosts.general = await startHost("native-sqlite");
  hosts.strict = await startHost("native-sqlite", { RATE_LIMIT_SCALE: "1" });
});
after(async () => {
  for (const host of Object.values(hosts)) await host.stop();
  await stopShared();
});

/** Runs tests of a file (those whose names match) on the faulty hosts: what failed, and all that was printed. */
async function run(file, pattern, faults) {
  const proxies = { general: await startFaulty(hosts.general.url, faults), strict: await startFaulty(hosts[faults.lax ? "general" : "strict"].url, faults) };
  const urls = { general: proxies.general.url, strict: proxies.strict.url };
  const args = ["--test", "--test-reporter=spec", `--test-name-pattern=${pattern}`, join(ROOT, "tests/conformance", `${file}.test.mjs`)];
  const env = { ...process.env, MERIDIAN_HOST: "native-sqlite", MERIDIAN_CONFORMANCE: JSON.stringify(urls), MERIDIAN_TRANSCRIPTS: transcripts };
  delete env.NODE_TEST_CONTEXT;
  try {
    return await new Promise((resolve) => execFile(process.execPath, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => resolve({ failed: error !== null, output: stdout + stderr })));
  } finally {
    for (const proxy of Object.values(proxies)) await proxy.stop();
  }
}

/** Changes JSON answers. */
const json = (change, only = () => true) => (answer, call) => {
  if (!/json/.test(answer.headers["content-type"] ?? "") || !answer.body.length || !only(answer, call)) return;
  const body = JSON.parse(answer.body);
  answer.body = Buffer.from(JSON.stringify(change(body, answer, call) ?? body));
};
const on = (method, path) => (_, call) => call.method === method && path.test(call.path);
const status = (from, to) => (answer) => {
  if (answer.status === from) answer.status = to;
};

// Family, file, tests, fault, and what the failure says.
const FAULTS = [
  ["matrix: a viewer may", "matrix", "deleteMember by viewer", { fault: status(403, 204) }, /deleteMember by viewer|403/],
  ["matrix: a stranger learns of the room", "matrix", "getRoom by stranger", { fault: json((b, a) => void ((a.status = 403), (b.status = 403), (b.code = "forbidden"), (b.type = "urn:meridian:problem:forbidden")), (a) => a.status === 404) }, /403 forbidden is not declared|403/],
  ["matrix: an operation without a row", "matrix", "every operation has a row", { fault: json((b) => void (b.paths["/v1/new"] = { get: { ...b.paths["/healthz"].get, operationId: "getNew" } }), on("GET", /openapi/)) }, /getNew/],
  ["matrix: a row without an operation", "matrix", "every row|every operation", { fault: json((b) => void delete b.paths["/v1/limits"], on("GET", /openapi/)) }, /getLimits/],
  ["matrix: a signed-out token still works", "matrix", "getMe by revoked", { fault: status(401, 200) }, /problem|200/],
  ["problems: no detail", "problems", "signUp answers 400", { fault: json((b) => void delete b.detail, (a) => a.status >= 400) }, /detail/],
  ["problems: another content type", "problems", "getMe answers 401", { fault: (a) => a.status >= 400 && (a.headers["content-type"] = "application/json") }, /problem\+json/],
  ["problems: the status inside is another", "problems", "getMe answers 401", { fault: json((b) => void (b.status = 400), (a) => a.status === 401) }, /400/],
  ["problems: a code that is not declared", "problems", "createRoom answers 400", { fault: json((b) => void ((b.code = "oops"), (b.type = "urn:meridian:problem:oops")), (a) => a.status === 400) }, /400 oops is not declared/],
  ["problems: a wrong field is not named", "problems", "createInvite answers 400 validation", { fault: json((b) => void b.errors?.splice(0), (a) => a.status === 400) }, /errors|createInvite/],
  ["problems: a cause leaks", "problems", "getRoom answers 404", { fault: json((b) => void (b.detail += " (sqlx: no rows)"), (a) => a.status === 404) }, /sqlx/],
  ["problems: 415 passes", "problems", "patchMe answers 415", { fault: json((b) => void (b.code = "malformed_json"), (a) => a.status === 415) }, /malformed_json/],
  ["schema: a field is missing", "rooms", "a room has defaults", { fault: json((b) => void delete b.kind, on("POST", /rooms$/)) }, /must have required property 'kind'/],
  ["schema: a field has another type", "rooms", "a room has defaults", { fault: json((b) => void (b.viewers_visible = 1), on("POST", /rooms$/)) }, /viewers_visible must be boolean/],
  ["schema: a time is no time", "accounts", "sign-up answers 201", { fault: json((b) => void (b.created_at = String(Date.now())), on("GET", /me$/)) }, /date-time/],
  ["schema: a status that is not declared", "rooms", "a room has defaults", { fault: status(201, 202) }, /202 is not declared|got 202/],
  ["paging: the cursor skips", "paging", "my rooms, newest first", { fault: json((b) => void b.items?.shift(), on("GET", /cursor=/)) }, /limit/],
  ["paging: no end", "paging", "an empty list", { fault: json((b) => void (b.next_cursor = "x"), on("GET", /rooms$/)) }, /next_cursor/],
  ["idempotency: the key is ignored", "idempotency", "twenty equal calls", { send: (call) => void delete call.headers["idempotency-key"] }, /20|1/],
  ["idempotency: a replay is not marked", "idempotency", "the same call again", { fault: (a) => void delete a.headers["idempotency-replayed"] }, /null/],
  ["rates: no limit", "rates", "signin is counted by address", { lax: true }, /signin/],
  ["rates: no Retry-After", "rates", "signin is counted by address", { fault: (a) => void delete a.headers["retry-after"] }, /retry-after/],
  ["rates: no RateLimit", "rates", "calls are counted by user", { fault: (a) => void delete a.headers.ratelimit }, /RateLimit/],
  ["tokens: a forged one passes", "tokens", "forged tokens", onlyHonest(), /another key/],
  ["tokens: an expired one passes", "tokens", "our own signature and wrong claims", onlyHonest(), /exp/],
  ["tokens: no challenge", "tokens", "no token, another scheme", { fault: (a) => void delete a.headers["www-authenticate"] }, /www-authenticate/],
  ["sessions: reuse is not found out", "sessions", "a token used again", { fault: json((b, a) => void ((a.status = 200), (a.headers["content-type"] = "application/json")), on("POST", /refresh$/)) }, /declared|www-authenticate|401|must have/],
  ["accounts: an unknown address is told apart", "accounts", "sign-in: right 200", { fault: json((b) => void (b.detail += Math.random()), on("POST", /signin$/)) }, /Expected values to be/],
  ["accounts: erased, but still there", "accounts", "DELETE /v1/me", { send: (call) => void (call.method === "DELETE" && call.path === "/v1/me" && Object.assign(call, { method: "POST", path: "/v1/auth/signout" })) }, /415 is not declared/],
  ["rooms: what is hidden is told apart", "rooms", "a room that I may not see", { fault: json((b, _, call) => void (b.detail += call.path.includes("0197f0c2-8d4e") ? "" : " It exists."), (a) => a.status === 404) }, /Expected values to be/],
  ["members: nobody owns the room", "members", "twenty changes at once", { fault: json((b) => void b.items?.forEach((m) => (m.role = "viewer")), on("GET", /members$/)) }, /viewer/],
  ["members: the last owner goes", "members", "the last owner stays", { fault: status(409, 204) }, /409|204/],
  ["invites: used up, but it opens", "invites", "one for three", { fault: json((b, a) => void (a.status = 200), on("POST", /accept$/)) }, /problem|required/],
  ["tickets: signed by nobody", "tickets", "a ticket says where", { fault: json((b) => void (b.ticket = b.ticket?.replace(/.{4}$/, "AAAA")), on("POST", /ticket$/)) }, /signed by a published key/],
  ["tickets: another lifetime", "tickets", "a ticket says where", { fault: json((b) => void (b.expires_at = new Date(Date.now() + 3_600_000).toISOString()), on("POST", /ticket$/)) }, /Expected values/],
  ["files: other bytes", "files", "an image comes back", { fault: (a, c) => void (c.method === "GET" && /files/.test(c.path) && (a.body = Buffer.concat([a.body, Buffer.from("x")]))) }, /falsy|equals/],
  ["texts: Latin-1", "texts", "right to left", { fault: (a, c) => void (c.path === "/v1/me" && (a.body = Buffer.from(a.body.toString("latin1"), "utf8"))) }, /right to left/],
  ["paths: a trailing slash is tidied up", "paths", "GET /v1/me/ leads nowhere", { send: (call) => void (call.path = call.path.replace(/(.)\/$/, "$1")) }, /\/v1\/me\/ → 200|200/],
  ["paths: HEAD is refused", "paths", "HEAD /healthz", { fault: (a, c) => void (c.method === "HEAD" && (a.status = 405)) }, /405|allow/],
  ["paths: no Allow", "paths", "/v1/rooms takes no other methods", { fault: (a) => void delete a.headers.allow }, /allow/],
  ["headers: one of security is missing on errors", "headers", "security headers are on every kind", { fault: (a) => void (a.status === 404 && delete a.headers["x-content-type-options"]) }, /x-content-type-options/],
  ["headers: any origin is allowed", "headers", "foreign origins", { fault: (a, c) => void (a.headers["access-control-allow-origin"] = c.headers.origin ?? "x") }, /→/],
  ["headers: nothing is exposed", "headers", "an allowed origin can read", { fault: (a) => void delete a.headers["access-control-expose-headers"] }, /retry-after/],
  ["headers: the request id is lost", "headers", "a request id is kept", { send: (call) => void delete call.headers["x-request-id"] }, /abc-123/],
  ["headers: the server says what it is", "headers", "what is public may be kept", { fault: (a) => void (a.headers.server = "x") }, /server/],
  ["headers: secrets may be kept", "headers", "what is public may be kept", { fault: (a) => void (a.status < 400 && (a.headers["cache-control"] = "public")) }, /cache-control|public/],
  ["walk: an operation was left out", "walk", "the walk", { fault: json((b) => void (b.paths["/v1/new"] = { get: { ...b.paths["/healthz"].get, operationId: "getNew" } }), on("GET", /openapi/)) }, /getNew is not on the walk/],
];

/** Every token becomes the first good one. */
function onlyHonest() {
  let honest;
  return {
    fault: json((b) => void (honest ??= b.access_token), on("POST", /signup$/)),
    send: ({ headers }) => honest && /^Bearer \S/.test(headers.authorization ?? "") && (headers.authorization = `Bearer ${honest}`),
  };
}

test("without a fault the checks pass through the proxy", async () => {
  for (const file of new Set(FAULTS.map(([, name]) => name))) {
    const patterns = new Set(FAULTS.filter(([, name]) => name === file).map(([, , pattern]) => pattern));
    const { failed, output } = await run(file, [...patterns].join("|"), {});
    assert.ok(!failed, output.slice(-4000));
    assert.match(output, /ℹ pass [1-9]/, file);
  }
});

describe("found", { concurrency: 3 }, () => {
  for (const [what, file, pattern, faults, says] of FAULTS) {
    test(`found: ${what}`, async () => {
      const { failed, output } = await run(file, pattern, faults);
      assert.ok(failed, `nothing was found\n${output.slice(-2000)}`);
      assert.match(output, says);
    });
  }
});

test("found: two walks that differ in a status, a header, a body, a step", () => {
  const steps = () => [1, 2, 3].map((i) => ({ title: `s${i}`, method: "GET", path: "/x", status: 200, headers: { vary: "origin" }, body: "{}" }));
  assert.deepEqual(differences(steps(), steps()), []);
  const differs = (change) => {
    const other = steps();
    change(other);
    return differences(steps(), other).join("; ");
  };
  assert.match(differs((s) => (s[1].status = 201)), /^step 2, s2 \(GET \/x\): status: 200 ≠ 201$/);
  assert.match(differs((s) => (s[2].headers.vary = "accept")), /step 3.*vary/);
  assert.match(differs((s) => (s[0].headers.etag = "1")), /step 1.*etag: undefined ≠ "1"/);
  assert.match(differs((s) => (s[0].body = "{ }")), /step 1.*body/);
  assert.match(differs((s) => s.pop()), /step 3: s3 is on one side only/);
});
