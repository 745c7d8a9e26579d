// Tokens signed with the server's own key, which a data folder of a test may give away: for times that no test can wait for.
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS_8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** The token with other claims, properly signed. */
export function resigned(server, token, changes) {
  const [head, body] = token.split(".");
  const keys = JSON.parse(readFileSync(join(server.data, "signing-keys.json"), "utf8"));
  const { d } = keys.find((k) => k.kid === decode(head).kid);
  const key = createPrivateKey({ key: Buffer.concat([PKCS_8, Buffer.from(d, "base64url")]), format: "der", type: "pkcs8" });
  const text = `${head}.${encode({ ...decode(body), ...changes })}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}

/** Seconds since 1970, from now. */
export const inSeconds = (n) => Math.floor(Date.now() / 1000) + n;
