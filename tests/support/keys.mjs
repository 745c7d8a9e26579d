// Tokens signed with the server's own key, which a test knows: for times that no test can wait for.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS_8 = Buffer.from("302e020100300506032b657004220420", "hex");

function privateKey(d) {
  return createPrivateKey({ key: Buffer.concat([PKCS_8, Buffer.from(d, "base64url")]), format: "der", type: "pkcs8" });
}

/** A value for SIGNING_KEYS: made from a text, so that every process of a run knows it. */
export function signingKeys() {
  const d = createHash("sha256").update("a key of the test suites").digest("base64url");
  return [{ kty: "OKP", crv: "Ed25519", kid: "test", d }];
}

/** The key set (JWKS) that belongs to it. */
export function publicKeys() {
  const keys = signingKeys().map(({ kty, crv, kid, d }) => ({ kty, crv, alg: "EdDSA", use: "sig", kid, x: createPublicKey(privateKey(d)).export({ format: "jwk" }).x }));
  return { keys };
}

/** The token with other claims and header fields, properly signed. `keys`: private keys; else those in the data folder of the server. */
export function resigned(server, token, changes, header = {}) {
  const [head, body] = token.split(".");
  const keys = server.signingKeys ?? JSON.parse(readFileSync(join(server.data, "signing-keys.json"), "utf8"));
  const { d } = keys.find((k) => k.kid === decode(head).kid);
  const text = `${encode({ ...decode(head), ...header })}.${encode({ ...decode(body), ...changes })}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey(d)).toString("base64url")}`;
}

/** Seconds since 1970, from now. */
export const inSeconds = (n) => Math.floor(Date.now() / 1000) + n;
