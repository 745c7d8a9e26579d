// Rules that every answer of every test is held against.
import assert from "node:assert/strict";

const SECURITY = {
  "strict-transport-security": /^max-age=\d{8,}/,
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^DENY$/,
  "referrer-policy": /^no-referrer$/,
  "cross-origin-resource-policy": /^same-(site|origin)$/,
  "permissions-policy": /camera=\(\)/,
  "content-security-policy": /default-src 'none'/,
  "cache-control": /./,
  vary: /origin/i,
};
/** What would tell a stranger about the inside. */
const LEAKS = /sqlx|select |insert into|postgres|sqlite|panick|\/home\/|\.rs:|\.wasm|stack|redis|upstash|hyperdrive|wasmtime|workerd/i;

/** The rules for a host with this description. */
export function judge(description) {
  return (method, path, answer) => {
    const what = `${method} ${path.slice(0, 120)} → ${answer.status} ${answer.bytes.toString("utf8", 0, 300)}`;
    hasHeaders(answer, what);
    if (answer.status >= 400) isAProblem(method, answer, what);
    else assert.ok(!answer.type.includes("problem"), what);
    const fault = description.find(method, path)?.faults(answer, method === "HEAD");
    if (method !== "OPTIONS") assert.ok(!fault, `not as described: ${fault}: ${what}`);
    if (method === "HEAD") assert.equal(answer.bytes.length, 0, what);
  };
}

function hasHeaders({ headers }, what) {
  for (const [name, form] of Object.entries(SECURITY)) assert.match(headers.get(name) ?? "", form, `${name}: ${what}`);
  assert.match(headers.get("x-request-id") ?? "", /^[\w.-]{1,64}$/, `x-request-id: ${what}`);
  for (const name of ["server", "x-powered-by", "access-control-allow-credentials", "set-cookie"]) assert.equal(headers.get(name), null, `${name}: ${what}`);
  assert.notEqual(headers.get("access-control-allow-origin"), "*", what);
}

/** RFC 9457, and the headers that go with a status. */
function isAProblem(method, { status, type, headers, body }, what) {
  assert.equal(type, "application/problem+json", what);
  assert.equal(headers.get("cache-control"), "no-store", `cache-control: ${what}`);
  assert.equal(headers.has("www-authenticate"), status === 401, `www-authenticate: ${what}`);
  assert.equal(headers.has("retry-after"), [429, 502, 503].includes(status), `retry-after: ${what}`);
  assert.equal(headers.has("allow"), status === 405, `allow: ${what}`);
  if (method === "HEAD") return;
  assert.equal(body?.status, status, what);
  assert.match(body.code ?? "", /^[a-z][a-z0-9_]*$/, `code: ${what}`);
  assert.equal(body.type, `urn:meridian:problem:${body.code}`, `type: ${what}`);
  for (const field of ["title", "detail"]) assert.ok(body[field]?.length > 3, `${field}: ${what}`);
  assert.equal(body.errors !== undefined, body.code === "validation_failed", `errors: ${what}`);
  for (const { field, message } of body.errors ?? []) assert.ok(typeof field === "string" && message?.length > 3, what);
  assert.doesNotMatch(JSON.stringify(body), LEAKS, what);
}
