// Tokens that are not ours, not any more, or not for this.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { call, ok, Person } from "../support/api.mjs";
import { inSeconds, resigned } from "../support/keys.mjs";
import { isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server, ada;
before(async () => {
  server = await startServer();
  ada = await Person.signUp(server);
});
after(() => stopAll(server));

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const parts = (token) => token.split(".").slice(0, 2).map((p) => JSON.parse(Buffer.from(p, "base64url")));
const me = (authorization) => call(server, "GET", "/v1/me", { headers: authorization === undefined ? {} : { authorization } });

test("no token, another scheme, an empty one: 401 with WWW-Authenticate", async () => {
  for (const value of [undefined, "", "Bearer", "Bearer ", `Basic ${encode("a:b")}`, `Token ${ada.access}`, ada.access, "Bearer a b"]) {
    const answer = await me(value);
    isProblem(answer, 401);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/, String(value));
  }
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
    "alg none with a signature": `${encode({ ...header, alg: "none" })}.${body}.${signature}`,
    "HS256 by the public key": hmac({ ...header, alg: "HS256" }, claims),
    "later expiry": `${head}.${encode({ ...claims, exp: claims.exp + 86400 })}.${signature}`,
    "another person": `${head}.${encode({ ...claims, sub: claims.sid })}.${signature}`,
    "no signature": `${head}.${body}.`,
    "two parts": `${head}.${body}`,
    "four parts": `${ada.access}.x`,
    "a changed last character": ada.access.slice(0, -2) + (ada.access.at(-2) === "A" ? "B" : "A") + ada.access.at(-1),
    "ten thousand characters": "x".repeat(6000),
    "not base64": "%%%.%%%.%%%",
  };
  for (const [what, token] of Object.entries(forged)) {
    const answer = await me(`Bearer ${token}`);
    assert.equal(answer.status, 401, what);
    isProblem(answer, 401);
  }
  assert.equal((await me(`Bearer ${ada.access}`)).status, 200);
});

test("a ticket is no access token, and a refresh token neither", async () => {
  const room = await ada.createRoom();
  const { ticket } = await ada.ticket(room);
  isProblem(await me(`Bearer ${ticket}`), 401);
  isProblem(await me(`Bearer ${ada.refresh}`), 401);
});

test("a token in the query is not read", async () => {
  isProblem(await call(server, "GET", `/v1/me?access_token=${ada.access}`), 401);
});

test("tokens outlive a restart", async () => {
  await server.restart();
  assert.equal((await me(`Bearer ${ada.access}`)).status, 200);
  const answer = await call(server, "POST", "/v1/auth/refresh", { body: { refresh_token: ada.refresh } });
  assert.equal(answer.status, 200);
});

test("tokens with our own signature and wrong claims: expired, of the future, other types", async () => {
  const token = (changes) => `Bearer ${resigned(server, ada.access, changes)}`;
  assert.equal((await me(token({}))).status, 200);
  for (const changes of [{ exp: inSeconds(-1) }, { iat: inSeconds(60) }, { exp: undefined }, { exp: null }, { exp: "9999999999" }, { exp: 9e12 + 0.5 }, { exp: [1] }, { aud: "meridian-origin" }, { aud: undefined }, { sub: "x" }]) {
    const answer = await me(token(changes));
    assert.equal(answer.status, 401, JSON.stringify(changes));
  }
});
