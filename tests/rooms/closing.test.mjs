// The table of close codes, one by one, and the rules of connecting.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inSeconds, resigned } from "../support/keys.mjs";
import { RawClient } from "../support/raw.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";

let server, other;
before(async () => (server = await startServer()));
after(() => stopAll(server, other));

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const header = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));

for (const [what, frame] of [
  ["a text frame", "hello"],
  ["an empty frame", Buffer.alloc(0)],
  ["a truncated length", Uint8Array.of(0, 2, 0xff)],
  ["a length beyond the frame", Uint8Array.of(0, 2, 100, 1, 2, 3)],
  ["an update that is none", Uint8Array.of(0, 2, 4, 0xde, 0xad, 0xbe, 0xef)],
  ["a state vector that is none", Uint8Array.of(0, 0, 2, 0xff, 0xff)],
  ["an awareness message cut short", Uint8Array.of(1, 3, 5, 1, 1)],
]) {
  test(`4400 ${what}: its sender only`, async () => {
    const scene = await Scene.set(server);
    const [ada, bob] = [await scene.raw("ada"), await scene.raw("bob")];
    ada.send(frame);
    await ada.closesWith(4400);
    await bob.receives(bob.edit((doc) => doc.getMap("m").set("fine", true)));
    await scene.leave();
  });
}

test("CONN-1 4401 without a ticket, with an empty one, with garbage", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room);
  for (const query of ["", "?ticket=", "?ticket=garbage", `?ticket=${"x".repeat(5000)}`, "?ticket=a.b.c", "?token=x"]) {
    await (await RawClient.open(scene.room, ticket, { query })).closesWith(4401);
  }
});

test("CONN-1 a ticket travels as a subprotocol too, which is then selected", async () => {
  const scene = await Scene.set(server);
  const open = async (...more) => {
    const ticket = await scene.owner.ticket(scene.room);
    const client = await RawClient.join(scene.room, ticket, { query: "", protocols: [`ticket.${ticket.ticket}`, ...more] });
    const selected = client.socket.protocol;
    await client.close();
    return { selected, ticket: `ticket.${ticket.ticket}` };
  };
  const alone = await open();
  assert.equal(alone.selected, alone.ticket);
  assert.equal((await open("y-websocket")).selected, "y-websocket");
  assert.equal((await open("meridian.v1")).selected, "meridian.v1");
});

test("CONN-3 4401 a one-use ticket opens one connection, the second use none", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room);
  const first = await RawClient.join(scene.room, ticket);
  await (await RawClient.open(scene.room, ticket)).closesWith(4401);
  assert.ok(first.isOpen);
  await first.close();
  await (await RawClient.open(scene.room, ticket)).closesWith(4401);
});

test("CONN-3 of ten connections at once with a one-use ticket one opens", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room);
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(scene.room, ticket)));
  const ends = await Promise.all(clients.map((c) => Promise.race([c.closed.then((e) => e.code), c.first("notice").then(() => "open")])));
  assert.deepEqual(ends.filter((e) => e === "open").length, 1, String(ends));
  assert.ok(ends.every((e) => e === "open" || e === 4401), String(ends));
  await Promise.all(clients.map((c) => c.close()));
});

test("CONN-3 a one-use ticket stays used over a restart", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room);
  await (await RawClient.join(scene.room, ticket)).close();
  await server.kill();
  await server.start();
  await (await RawClient.open(scene.room, ticket)).closesWith(4401);
});

test("CONN-3 a reusable ticket opens any number", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room, { reusable: true });
  for (let i = 0; i < 3; i++) await (await RawClient.join(scene.room, ticket)).close();
});

test("CONN-2 4401 a ticket for another room, another server's, an access token, a changed or unsigned one", async () => {
  const scene = await Scene.set(server);
  const second = await scene.owner.createRoom("Other");
  other ??= await startServer({ engine: "sqlite" });
  const foreign = await Scene.set(other);
  const ticket = await scene.owner.ticket(scene.room, { reusable: true });
  const [head, body, signature] = ticket.ticket.split(".");
  const flip = (text, at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
  const changed = { ...claims(ticket.ticket), exp: claims(ticket.ticket).exp + 3600 };
  const cases = {
    "another room's": (await scene.owner.ticket(second, { reusable: true })).ticket,
    "another server's": (await foreign.owner.ticket(foreign.room, { reusable: true })).ticket,
    "an access token": scene.owner.access,
    "a changed signature": `${head}.${body}.${flip(signature, 10)}`,
    "changed claims": `${head}.${part(changed)}.${signature}`,
    "a changed header": `${part({ ...header(ticket.ticket), kid: "none" })}.${body}.${signature}`,
    unsigned: `${part({ ...header(ticket.ticket), alg: "none" })}.${body}.`,
    "HS256 with a public key": `${part({ ...header(ticket.ticket), alg: "HS256" })}.${body}.${signature}`,
  };
  for (const [what, forged] of Object.entries(cases)) {
    const client = await RawClient.open(scene.room, { ...ticket, ticket: forged });
    await client.closesWith(4401).catch((e) => assert.fail(`${what}: ${e.message}`));
  }
  await (await RawClient.join(scene.room, ticket)).close();
});

test("CONN-2 4401 a ticket of a sign-in that ended", async () => {
  const scene = await Scene.set(server);
  for (const reusable of [true, false]) {
    const again = await scene.owner.signInAgain();
    const ticket = await again.ticket(scene.room, { reusable });
    await again.signOut();
    await (await RawClient.open(scene.room, ticket)).closesWith(4401);
  }
});

test("CONN-2 4403 a ticket of somebody who was removed", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.people.bob.ticket(scene.room);
  await scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}/members/${scene.people.bob.id}`);
  await (await RawClient.open(scene.room, ticket)).closesWith(4403);
});

test("CONN-2 4404 a room that was deleted", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.people.bob.ticket(scene.room);
  await scene.owner.ok(204, "DELETE", `/v1/rooms/${scene.room.id}`);
  await (await RawClient.open(scene.room, ticket)).closesWith(4404);
});

test("CONN-4 the role is the membership's at connecting, not the ticket's", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.people.bob.ticket(scene.room, { reusable: true });
  const role = async (name) => {
    await scene.owner.ok(200, "PUT", `/v1/rooms/${scene.room.id}/members/${scene.people.bob.id}`, { body: { role: name } });
    const client = await RawClient.join(scene.room, ticket);
    const { role } = await client.notice("welcome");
    await client.close();
    return role;
  };
  assert.equal(await role("viewer"), "viewer");
  assert.equal(await role("editor"), "editor");
});

test("CONN-5 welcome comes first to meridian.v1, and nothing of 110 and above to others", async () => {
  const scene = await Scene.set(server);
  const mine = await scene.raw("ada");
  assert.equal(mine.frames[0].notice?.code, "welcome");
  const { role, seq, user, expires_at, limits } = mine.frames[0].notice;
  assert.deepEqual([role, seq, user.id, user.name], ["owner", 0, scene.owner.id, "ada"]);
  assert.ok(Date.parse(expires_at) > Date.now() && limits.update_bytes > 0);
  const plain = await scene.raw("ada", { plain: true });
  assert.equal(plain.socket.protocol, "");
  await plain.receives(plain.edit((doc) => doc.getMap("m").set("a", 1)));
  assert.deepEqual(plain.frames.filter((f) => ["notice", "saved"].includes(f.kind)), []);
  await scene.leave();
});

test("CONN-7 4403 a browser from another origin; a request without Origin passes", async () => {
  const scene = await Scene.set(server);
  for (const origin of ["https://evil.example", "null", `${server.url}.evil.example`, "http://127.0.0.1.evil.example"]) {
    await (await scene.knock("ada", { headers: { origin } })).closesWith(4403);
  }
  await (await scene.raw("ada", { headers: { origin: server.url } })).close();
  await scene.leave();
});

test("1012 at SIGTERM: a notice first, then the close, exit code 0, and nothing lost", async () => {
  const scene = await Scene.set(server);
  const [ada, plain] = [await scene.raw("ada"), await scene.raw("bob", { plain: true })];
  const last = ada.edit((doc) => doc.getMap("m").set("last words", true));
  await ada.receives(last);
  const exit = server.stop();
  const [end] = await Promise.all([ada.closesWith(1012), plain.closesWith(1012)]);
  assert.ok(ada.notices("restarting")[0].retry_after_ms >= 0);
  assert.equal(ada.frames.at(-1).notice?.code, "restarting");
  assert.deepEqual(await exit, { code: 0, signal: null });
  assert.ok(end.at > 0);
  await server.start();
  assert.equal((await scene.document()).getMap("m").get("last words"), true);
});

test("CONN-2 4401 a ticket that has expired, is not valid yet, or is one for calls; properly signed all", async () => {
  const scene = await Scene.set(server);
  const ticket = await scene.owner.ticket(scene.room, { reusable: true });
  const open = (changes) => RawClient.open(scene.room, { ...ticket, ticket: resigned(server, ticket.ticket, changes) });
  await (await open({ exp: inSeconds(-1) })).closesWith(4401);
  await (await open({ iat: inSeconds(60), exp: inSeconds(120) })).closesWith(4401);
  await (await open({ scope: "call" })).closesWith(4401);
  await (await open({ aud: "meridian-api" })).closesWith(4401);
  await (await open({ exp: "9999999999" })).closesWith(4401);
  await (await open({ exp: undefined })).closesWith(4401);
  const fine = await open({});
  await fine.notice("welcome");
  await fine.close();
});
