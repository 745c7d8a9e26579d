// How to provoke each declared error from outside: for a code, the requests of which each must be answered with it. A request overrides the valid one of the matrix.
import { json, newAddress, NOWHERE, PASSWORD, PNG, sha256 } from "./support/things.mjs";

const KIB = 1024;

/** Errors that no caller can bring about by what it sends. Tests of the parts hold them (`edge/native/tests`, `tests/api`). */
export const OUT_OF_REACH = {
  internal: "a defect",
  unavailable: "the database or a node is away",
  not_found: "an edge without NODE_SECRET has no routes for nodes",
  not_ready: "the database is away",
  bad_gateway: "the room's node is broken",
  incomplete_body: "what comes in pieces is gathered by the host's HTTP server, which may answer by itself",
};

export const PROVOKE = {
  malformed_json: ({ operation }) => {
    const broken = ["{", "{'a':1}", '{"name":"a"}x', "\u0000", '{"name":"a",}', '"\\ud800"', "\ufeff{}", "[".repeat(10_000), '{"name":1e999999}', "undefined", Buffer.from([0xff, 0xfe])];
    if (operation.description.requestBody.required) broken.push("", "   ");
    return broken.map(json);
  },
  validation_failed: (context) => [...wrongBodies(context), ...wrongQueries(context), ...wrongKeys(context)],
  too_large: ({ operation }) => {
    if (operation.id === "putFile") return [bytes(Buffer.concat([PNG, Buffer.alloc(5 * KIB * KIB + 1 - PNG.length)]))];
    return [64 * KIB + 1, KIB * KIB].map((size) => json(`{"name":"${"x".repeat(size - 11)}"}`));
  },
  unsupported_media_type: ({ operation, valid }) => {
    if (operation.id === "putFile") {
      const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
      return [bytes(svg), bytes(svg, "image/svg+xml"), bytes(PNG, "image/gif"), bytes(PNG, "text/html"), bytes(Buffer.alloc(0)), bytes(PNG, "")];
    }
    const raw = Buffer.from(JSON.stringify(valid.body));
    const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "application/problem+json", "json"];
    return [...types.map((type) => ({ raw, headers: { "content-type": type } })), { raw, headers: {} }];
  },
  unauthorized: () => [{ token: undefined }, { token: "x" }, { token: undefined, headers: { authorization: "Basic YTpi" } }],
  forbidden: ({ cast }) => [{ token: cast.viewer.access }],
  room_not_found: ({ valid, stage }) =>
    [NOWHERE, "x", "%00", "%ff", "%F0%9F%A6%80", "..%2f..%2fetc", "'%20OR%20'1'='1", stage.id.toUpperCase(), `%7B${stage.id}%7D`, stage.id.replaceAll("-", ""), "a".repeat(2000)].map((id) => ({
      path: valid.path.replace(stage.id, id),
    })),
  member_not_found: ({ cast, stage }) => [NOWHERE, cast.stranger.id, "x", "%00", "%27--", cast.owner.id.toUpperCase()].map((id) => ({ path: `/v1/rooms/${stage.id}/members/${id}` })),
  last_owner: ({ cast, stage }) => [{ path: `/v1/rooms/${stage.id}/members/${cast.owner.id}` }],
  invite_not_found: () => ["no-such-code", "%ff", "%00", "'%3B--", "A".repeat(22), "a".repeat(2000)].map((code) => ({ path: `/v1/invites/${code}/accept` })),
  file_not_found: ({ operation, stage }) => {
    const names = ["x", "..%2f..%2fx", "A".repeat(64), "0".repeat(63), `${"0".repeat(64)}0`];
    if (operation.method === "GET") names.push("0".repeat(64));
    return names.map((name) => ({ path: `/v1/rooms/${stage.id}/files/${name}` }));
  },
  hash_mismatch: ({ stage }) => [{ path: `/v1/rooms/${stage.id}/files/${"0".repeat(64)}` }],
  idempotency_key_reused: ({ other }) => [{ headers: { "idempotency-key": other } }],
  email_taken: ({ cast }) => [cast.owner.email, cast.owner.email.toUpperCase(), ` ${cast.owner.email} `].map((email) => ({ body: { email, name: "Again", password: PASSWORD } })),
  invalid_credentials: ({ cast }) => [{ body: { email: cast.owner.email, password: "wrong" } }, { body: { email: newAddress(), password: PASSWORD } }],
  invalid_refresh_token: ({ cast }) => [cast.revoked.refresh, "x", cast.owner.access.slice(0, 500), cast.owner.refresh.slice(1)].map((refresh_token) => ({ body: { refresh_token } })),
};

/** The content in place of the image, under its own name. */
function bytes(raw, type = "image/png") {
  return { raw, headers: type ? { "content-type": type } : {}, rename: (path) => path.replace(/[0-9a-f]{64}$/, sha256(raw)) };
}

/** By the schema of the body: no object, unknown and missing fields, and for every field values that are none of its own. */
function wrongBodies({ operation, valid }) {
  const schema = operation.bodySchema;
  if (!schema) return [];
  const wrong = [[], null, "x", 5, true].map((body) => ({ body, fields: [""] }));
  wrong.push({ body: { ...valid.body, no_such_field: 1 }, fields: ["no_such_field"] }, { body: { ...valid.body, __proto__x: {}, id: NOWHERE }, fields: ["__proto__x", "id"] });
  for (const [field, rule] of Object.entries(schema.properties)) {
    for (const value of wrongValues(rule)) wrong.push({ body: { ...valid.body, [field]: value }, fields: [field] });
    if (schema.required.includes(field)) {
      wrong.push({ body: { ...valid.body, [field]: null }, fields: [field] }, { body: { ...valid.body, [field]: undefined }, fields: [field] });
    }
  }
  const all = Object.keys(schema.properties);
  if (all.length > 1) wrong.push({ body: Object.fromEntries(all.map((field) => [field, { no: "value" }])), fields: all });
  return wrong;
}

function wrongValues({ type, minLength, maxLength, enum: words, format, pattern, minimum, maximum }) {
  switch ([type].flat()[0]) {
    case "boolean":
      return ["yes", "true", 1, 0, [], {}];
    case "integer":
      return ["5", 1.5, true, [], {}, minimum - 1, maximum + 1, -1, 1e300, 2 ** 53];
    default: {
      const values = [5, true, [], {}, ["x"]];
      if (minLength) values.push("", "x".repeat(minLength - 1));
      if (maxLength) values.push(format === "email" ? `${"a".repeat(60)}@${"b".repeat(maxLength)}.org` : "x".repeat(maxLength + 1));
      if (words) values.push("no such word", words[0].toUpperCase(), ` ${words[0]}`, "");
      if (format === "email") values.push("", "nobody", "a@b", "@example.org", "a@b..org", "a b@example.org", "a@example.org\r\nBcc: b@example.org");
      if (pattern) values.push("the moon", "");
      return values;
    }
  }
}

function wrongQueries({ operation, valid }) {
  const takes = (name) => operation.description.parameters.some((p) => p.in === "query" && p.name === name);
  if (takes("after")) return ["", "?", "?after=", "?after=x", "?after=1.5", "?after=99999999999999999999", "?before=0"].map((query) => ({ path: valid.path.split("?")[0] + query, fields: ["query.after"] }));
  if (!takes("limit")) return [];
  const queries = ["limit=0", "limit=-1", "limit=101", "limit=100000", "limit=99999999999999999999", "limit=x", "limit=", "limit=1.5", "limit=%00", "cursor=x", "cursor=", "cursor=%00", "cursor=eyJhIjoxfQ", "cursor=bm90LWFuLWlk", "cursor='--"];
  const one = queries.map((query) => ({ path: `${valid.path}?${query}`, fields: [`query.${query.split("=")[0]}`] }));
  return [...one, { path: `${valid.path}?limit=0&cursor=x`, fields: ["query.limit", "query.cursor"] }];
}

function wrongKeys({ operation }) {
  if (!operation.description.parameters.some((p) => p.name === "Idempotency-Key")) return [];
  return ["", "k".repeat(256)].map((key) => ({ headers: { "idempotency-key": key }, fields: ["header.Idempotency-Key"] }));
}

