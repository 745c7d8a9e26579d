// Rooms on a node of their own, beside a native edge over one Postgres.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Person } from "../support/api.mjs";
import { startPostgres } from "../support/postgres.mjs";
import { Scene } from "../support/scene.mjs";
import { planNode, startEdge, startNode } from "../support/serve.mjs";
import { stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";
import { converge } from "../support/yjs.mjs";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");

let postgres, databaseUrl, node, edge;
before(async () => {
  postgres = await (await startPostgres()).start();
  databaseUrl = postgres.createDatabase();
  node = await startNode({ databaseUrl, id: "one" });
  edge = await startEdge({ databaseUrl });
});
after(() => stopAll(edge, node, postgres));

test("a ticket names the node, and people draw through its own address", async () => {
  const scene = await Scene.set(edge);
  const ticket = await scene.owner.ticket(scene.room);
  assert.deepEqual([ticket.node, ticket.url], ["one", node.syncUrl]);
  const [ada, bob] = [await scene.yjs("ada"), await scene.yjs("bob")];
  ada.doc.getMap("elements").set("a", 1);
  bob.doc.getMap("elements").set("b", 2);
  await converge([ada, bob]);
  assert.deepEqual((await scene.document()).getMap("elements").toJSON(), { a: 1, b: 2 });
  await scene.leave();
});

test("the edge forwards what only the node knows: who is there, and images", async () => {
  const scene = await Scene.set(edge);
  await scene.yjs("bob");
  const { items } = await scene.owner.ok(200, "GET", `/v1/rooms/${scene.room.id}/participants`);
  assert.deepEqual(items.map((i) => i.name), ["bob"]);
  const path = `/v1/rooms/${scene.room.id}/files/${createHash("sha256").update(PNG).digest("hex")}`;
  await scene.owner.ok(201, "PUT", path, { raw: PNG, headers: { "content-type": "image/png" } });
  assert.deepEqual(await scene.people.bob.ok(200, "GET", path), PNG);
  await scene.leave();
});

test("a person's end ends their sockets within a second: signed out, removed, erased, the room deleted", async () => {
  const scene = await Scene.set(edge, { ada: "owner", bob: "editor", eve: "editor", sam: "editor" });
  const [ada, bob, eve, sam] = await Promise.all(["ada", "bob", "eve", "sam"].map((name) => scene.raw(name)));
  const ends = async (client, code, end) => {
    await end();
    const begin = performance.now();
    await client.closesWith(code, 5_000);
    assert.ok(performance.now() - begin < 1_000, `${code} after ${performance.now() - begin} ms`);
  };
  await ends(bob, 4401, () => scene.people.bob.signOut());
  await ends(eve, 4403, () => scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}/members/${scene.people.eve.id}`));
  await ends(sam, 4401, () => scene.people.sam.ok(204, "DELETE", "/v1/me"));
  await ends(ada, 4404, () => scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}`));
  await scene.leave();
});

test("a node that stops is taken down first, drains, and leaves its rooms to another", async () => {
  const two = await startNode({ databaseUrl, plan: await planNode({ id: "two" }) });
  const scene = await Scene.set(edge);
  const client = await scene.yjs("ada");
  const ticket = await scene.people.bob.ticket(scene.room);
  const [holder, other] = ticket.node === "one" ? [node, two] : [two, node];
  client.doc.getMap("elements").set("kept", 1);
  await until(() => postgres.query(databaseUrl, `SELECT count(*) FROM room_updates WHERE room = '${scene.room.id}'`).trim() !== "0", "the update in the log");

  const end = holder.stop();
  await until(async () => (await scene.people.bob.ticket(scene.room)).node === other.node.id, "the room to move");
  assert.equal((await end).code, 0);
  assert.ok(client.closes.includes(1012), `${client.closes}`);
  assert.deepEqual(postgres.query(databaseUrl, "SELECT id FROM nodes").trim(), other.node.id);
  assert.equal((await scene.document("bob")).getMap("elements").get("kept"), 1);
  await scene.leave();
  await holder.start();
  await two.stop();
});

test("a node that dies is forgotten, and its rooms live elsewhere", async () => {
  const two = await startNode({ databaseUrl, plan: await planNode({ id: "dying" }) });
  await two.kill();
  // Half a minute later, as far as the table says.
  postgres.query(databaseUrl, "UPDATE nodes SET seen_at = seen_at - 31000 WHERE id = 'dying'");
  const person = await Person.signUp(edge);
  for (let i = 0; i < 8; i++) assert.equal((await person.ticket(await person.createRoom())).node, "one");
});
