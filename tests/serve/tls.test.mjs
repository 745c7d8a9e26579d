// Postgres over TLS, with an authority of our own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { removeAtExit } from "../support/children.mjs";
import { account, startPostgres } from "../support/postgres.mjs";
import { migrate, nodeVariables, planNode, refusal, startNode } from "../support/serve.mjs";
import { stopAll } from "../support/server.mjs";

let postgres, folder;
before(async () => {
  folder = removeAtExit(mkdtempSync(join(tmpdir(), "meridian-tls-")));
  chmodSync(folder, 0o755);
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  for (const name of ["ca", "stranger"]) openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.crt`);
  const issued = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE", "-addext", "subjectAltName=DNS:localhost"];
  openssl("req", "-x509", ...key, "-subj", "/CN=postgres", ...issued, "-keyout", "server.key", "-out", "server.crt");
  const file = (name) => join(folder, name);
  const { uid, gid } = account();
  if (uid) chownSync(file("server.key"), uid, gid);
  chmodSync(file("server.key"), 0o600);
  postgres = await (await startPostgres(["ssl=on", `ssl_cert_file=${file("server.crt")}`, `ssl_key_file=${file("server.key")}`])).start();
});
after(() => stopAll(postgres));

/** `host`: the certificate names `localhost` alone. */
const url = (query, host = "localhost") => `${postgres.createDatabase().replace("127.0.0.1", host)}?${query}`;
const ca = () => `sslrootcert=${join(folder, "ca.crt")}`;

test("sslmode=verify-full with our authority: the node's connections are encrypted", async () => {
  const databaseUrl = url(`sslmode=verify-full&${ca()}`);
  const node = await startNode({ databaseUrl });
  const name = new URL(databaseUrl).pathname.slice(1);
  const rows = postgres.query(name, "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'meridian'");
  assert.equal(rows.trim(), "t");
  await node.stop();
});

test("a certificate of a stranger, of another host or of nobody known is refused", async () => {
  for (const target of [
    url(`sslmode=verify-full&sslrootcert=${join(folder, "stranger.crt")}`),
    url(`sslmode=verify-full&${ca()}`, "127.0.0.1"),
    url("sslmode=verify-full"),
  ]) {
    const text = refusal("serve", nodeVariables(await planNode(), { databaseUrl: target }));
    assert.match(text, /DATABASE_URL: .*(certificate|tls|TLS)/);
  }
});

test("without sslmode TLS is used where it is offered; sslmode=disable does without", () => {
  for (const query of ["", "sslmode=disable", `sslmode=verify-ca&${ca()}`]) migrate(url(query));
});
