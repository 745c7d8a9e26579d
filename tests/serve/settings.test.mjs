// How a node starts, or says why it does not; and keys that change while it runs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { signingKeys } from "../support/keys.mjs";
import { freePort } from "../support/ports.mjs";
import { startPostgres } from "../support/postgres.mjs";
import { RawClient } from "../support/raw.mjs";
import { Scene } from "../support/scene.mjs";
import { nodeVariables, planNode, refusal, startEdge, startNode } from "../support/serve.mjs";
import { stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

let postgres, databaseUrl, edge, node;
before(async () => {
  postgres = await (await startPostgres()).start();
  databaseUrl = postgres.createDatabase();
  edge = await startEdge({ databaseUrl });
  node = await startNode({ databaseUrl, jwksUrl: `${edge.url}/.well-known/jwks.json` });
});
after(() => stopAll(node, edge, postgres));

const variables = async (more = {}) => nodeVariables(await planNode({ id: "other" }), { databaseUrl, ...more });

test("a setting that can't be used stops the start with a sentence", async () => {
  const good = await variables();
  for (const [changes, sentence] of [
    [{ NODE_ID: undefined }, /NODE_ID is not set: give a name/],
    [{ SYNC_URL: "https://eu-1.example.com" }, /SYNC_URL must be an address such as wss:/],
    [{ PUBLIC_KEYS: undefined }, /JWKS_URL is not set/],
    [{ PUBLIC_KEYS: "[]" }, /PUBLIC_KEYS must be a key set/],
    [{ ALLOWED_ORIGINS: "*" }, /ALLOWED_ORIGINS must list origins/],
    [{ REDIS_URL: "http://127.0.0.1" }, /REDIS_URL.*redis:\/\/HOST/],
    [{ DATABASE_URL: "mysql://secret@h/x" }, /DATABASE_URL must begin with/],
    [{ LISTEN: new URL(node.url).host }, /LISTEN: .* can't be had/],
  ]) {
    const text = refusal("serve", { ...good, ...changes });
    assert.match(text, sentence);
    assert.equal(text.trim().split("\n").length, 1, text);
    assert.doesNotMatch(text, /secret/);
  }
});

test("a schema that is older than the program is refused, and migrate brings it up to date", async () => {
  const empty = postgres.createDatabase();
  const vars = await variables({ databaseUrl: empty });
  assert.match(refusal("serve", vars), /the schema is older than this program needs: .*run `meridian-origin migrate`/);
  assert.match(refusal("edge", { ...vars, DATABASE_URL: empty }), /the schema is older/);
  const started = await startNode({ databaseUrl: empty, id: "other" });
  await started.stop();
  // What a newer release added disturbs nobody.
  postgres.query(empty, "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'newer', true, '', 0)");
  await (await startNode({ databaseUrl: empty, id: "other", migrate: false })).stop();
});

test("two nodes of one name: the second does not start; one that comes back elsewhere may, once the first is forgotten", async () => {
  const vars = nodeVariables(await planNode({ id: node.node.id }), { databaseUrl });
  const text = refusal("serve", vars);
  assert.match(text, /NODE_ID: stop the other node/);
  assert.ok(text.includes(node.url), text);
  assert.equal(postgres.query(databaseUrl, "SELECT url FROM nodes").trim(), node.url);
  const gone = await startNode({ databaseUrl, id: "gone" });
  await gone.kill();
  await gone.start();
  await gone.kill();
  assert.match(refusal("serve", nodeVariables(await planNode({ id: "gone" }), { databaseUrl })), /NODE_ID/);
  postgres.query(databaseUrl, "UPDATE nodes SET seen_at = seen_at - 31000 WHERE id = 'gone'");
  await (await startNode({ databaseUrl, plan: await planNode({ id: "gone" }) })).stop();
});

test("keys change while the node runs, and stay while the edge is away", async () => {
  const enters = async (scene, name) => {
    const client = await RawClient.open(scene.room, await scene.people[name].ticket(scene.room));
    const in_ = await until(() => (client.frames.length ? "in" : client.isOpen ? undefined : "out"), "an answer");
    await client.close();
    return in_ === "in";
  };
  const scene = await Scene.set(edge);
  assert.ok(await enters(scene, "ada"));
  const d = createHash("sha256").update("the next key").digest("base64url");
  const next = { kty: "OKP", crv: "Ed25519", kid: "next", d };
  edge.env.SIGNING_KEYS = JSON.stringify([next, ...signingKeys()]);
  const signedByOld = await scene.people.bob.ticket(scene.room);
  await edge.stop();
  const client = await RawClient.join(scene.room, signedByOld);
  await client.close();
  await edge.start();
  await until(() => enters(scene, "ada"), "a ticket of the new key to open the room", 10_000);
  assert.ok(await enters(scene, "bob"), "at once from then on");
  await scene.leave();
});

test("a node waits for the edge that tells its keys", async () => {
  const plan = await planNode({ id: "early" });
  const port = await freePort();
  const early = startNode({ databaseUrl, plan, jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json` });
  const late = await startEdge({ databaseUrl, port });
  const started = await early;
  await started.stop();
  await late.stop();
});
