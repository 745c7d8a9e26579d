// Access tokens that are not ours, not any more, or not for this (RFC 8725).
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { inSeconds, resigned } from "../support/keys.mjs";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";

let server, ada, bob;
before(async () => {
  server = await openHost();
  [ada, bob] = await Promise.all([Person.signUp(server, "Ada"), Person.signUp(server, "Bob")]);
});
after(closeHosts);

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const parts = (token) => token.split(".").slice(0, 2).map((p) => JSON.parse(Buffer.from(p, "base64url")));
const me = (authorization) => call(server, "GET", "/v1/me", { headers: authorization === undefined ? {} : { authorization } });

test("no token, another scheme, an empty one: 401 with WWW-Authenticate", async () => {
  for (const value of [undefined, "", "Bearer", "Bearer ", `Basic ${encode("a:b")}`, `Token ${ada.access}`, ada.access, "Bearer a b", `Bearer ${ada.access} x`, `Bearer,${ada.access}`]) {
    const answer = await me(value);
    isProblem(answer, 401, "unauthorized");
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer /, String(value));
  }
  assert.equal((await me(`bearer ${ada.access}`)).status, 200, "the scheme has no case");
});

test("what the claims of our own are", () => {
  const [header, claims] = parts(ada.access);
  assert.deepEqual([header.alg, header.typ, claims.aud, claims.sub], ["EdDSA", "at+jwt", "meridian-api", ada.id]);
  assert.equal(claims.exp - claims.iat, 600);
});

test("forged tokens: other key, other algorithm, changed claims, own key in the header", async () => {
  const [header, claims] = parts(ada.access);
  const [head, body, signature] = ada.access.split(".");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const make = (h, c, key = privateKey) => {
    const text = `${encode(h)}.${encode(c)}`;
    return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
  };
  const { keys } = await ok(server, 200, "GET", "/.well-known/jwks.json");
  const hmac = (h, c) => {
    const text = `${encode(h)}.${encode(c)}`;
    return `${text}.${createHmac("sha256", Buffer.from(keys[0].x, "base64url")).update(text).digest("base64url")}`;
  };
  const jwk = publicKey.export({ format: "jwk" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const rs256 = `${encode({ ...header, alg: "RS256" })}.${body}`;
  const forged = {
    "another key": make(header, claims),
    "no kid": make({ ...header, kid: undefined }, claims),
    "unknown kid": make({ ...header, kid: "other" }, claims),
    "kid as a path": make({ ...header, kid: "../../../../dev/null" }, claims),
    "kid as SQL": make({ ...header, kid: "' OR '1'='1" }, claims),
    "a very long kid": make({ ...header, kid: "k".repeat(2000) }, claims),
    "the key in the header": make({ ...header, jwk }, claims),
    "a key URL in the header": make({ ...header, jku: "https://evil.example/jwks.json" }, claims),
    "alg none": `${encode({ ...header, alg: "none" })}.${body}.`,
    "alg None": `${encode({ ...header, alg: "None" })}.${body}.`,
    "alg none with a signature": `${encode({ ...header, alg: "none" })}.${body}.${signature}`,
    "HS256 by the public key": hmac({ ...header, alg: "HS256" }, claims),
    RS256: `${rs256}.${sign("sha256", Buffer.from(rs256), rsa).toString("base64url")}`,
    "later expiry": `${head}.${encode({ ...claims, exp: claims.exp + 86400 })}.${signature}`,
    "another person": `${head}.${encode({ ...claims, sub: bob.id })}.${signature}`,
    "no signature": `${head}.${body}.`,
    "two parts": `${head}.${body}`,
    "four parts": `${ada.access}.x`,
    "a changed last character": ada.access.slice(0, -2) + (ada.access.at(-2) === "A" ? "B" : "A") + ada.access.at(-1),
    "six thousand characters": "x".repeat(6000),
    "not base64": "%%%.%%%.%%%",
    dots: "..",
  };
  for (const [what, token] of Object.entries(forged)) {
    const answer = await me(`Bearer ${token}`);
    assert.equal(answer.status, 401, what);
    isProblem(answer, 401, "unauthorized");
  }
  assert.equal((await me(`Bearer ${ada.access}`)).status, 200);
});

test("tokens with our own signature and wrong claims: expired, of the future, other audience, other owner", async () => {
  const token = (changes, header) => `Bearer ${resigned(server, ada.access, changes, header)}`;
  assert.equal((await me(token({}))).status, 200);
  const [, ofBob] = parts(bob.access);
  const wrong = [
    { exp: inSeconds(-1) }, { exp: inSeconds(0) }, { exp: 0 }, { exp: undefined }, { exp: null }, { exp: "9999999999" }, { exp: 9e12 + 0.5 }, { exp: [1] }, { exp: {} }, { exp: true },
    { iat: inSeconds(60) }, { iat: undefined }, { iat: "1" },
    { aud: "meridian-origin" }, { aud: undefined }, { aud: "" }, { aud: null }, { aud: "MERIDIAN-API" },
    { sub: "x" }, { sub: undefined }, { sub: bob.id }, { sid: ofBob.sid }, { sid: undefined }, { sid: "x" }, { sid: "0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d" },
  ];
  for (const changes of wrong) assert.equal((await me(token(changes))).status, 401, JSON.stringify(changes));
  for (const header of [{ typ: "ticket+jwt" }, { typ: "JWT" }, { typ: undefined }, { alg: "none" }, { alg: "HS256" }, { kid: undefined }, { kid: "other" }]) {
    assert.equal((await me(token({}, header))).status, 401, JSON.stringify(header));
  }
});

test("a ticket is no access token, and a refresh token neither", async () => {
  const room = await ada.createRoom();
  const { ticket } = await ada.ticket(room);
  isProblem(await me(`Bearer ${ticket}`), 401);
  isProblem(await me(`Bearer ${resigned(server, ticket, { aud: "meridian-api" })}`), 401);
  isProblem(await me(`Bearer ${ada.refresh}`), 401);
});

test("a token in the query or in a cookie is not read", async () => {
  isProblem(await call(server, "GET", `/v1/me?access_token=${ada.access}`), 401);
  isProblem(await call(server, "GET", "/v1/me", { headers: { cookie: `access_token=${ada.access}` } }), 401);
});

test("the key set holds public keys by kid, and the one that signs", async () => {
  const answer = await call(server, "GET", "/.well-known/jwks.json");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "public, max-age=300");
  const [{ kid }] = parts(ada.access);
  assert.ok(answer.body.keys.some((k) => k.kid === kid));
  for (const key of answer.body.keys) {
    assert.deepEqual([key.kty, key.crv, key.alg, key.use], ["OKP", "Ed25519", "EdDSA", "sig"]);
    assert.equal(key.d, undefined, "the private part");
  }
});
