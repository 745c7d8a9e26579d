// Tickets: where a room is, and the right to enter it, signed for whoever holds the key set.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, test } from "node:test";
import { ok } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { people } from "./support/things.mjs";

let server, ada, bob, room;
before(async () => {
  server = await openHost();
  [ada, bob] = await people(server, "Ada", "Bob ✏️");
  room = await ada.createRoom();
  await ada.bring(bob, room, "viewer");
});
after(closeHosts);

/** The claims, once the signature holds against the published keys. */
async function claimsOf(ticket) {
  const [head, body, signature] = ticket.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url"));
  const { keys } = await ok(server, 200, "GET", "/.well-known/jwks.json");
  const key = createPublicKey({ key: keys.find((k) => k.kid === header.kid), format: "jwk" });
  assert.ok(verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")), "signed by a published key");
  assert.deepEqual([header.alg, header.typ], ["EdDSA", "ticket+jwt"]);
  return JSON.parse(Buffer.from(body, "base64url"));
}

test("a ticket says where, who, with which role and how long; its claims say the same", async () => {
  const ids = new Set();
  for (const options of [{}, { body: {} }, { body: { reusable: null } }, { body: { reusable: false } }]) {
    const ticket = await bob.ok(200, "POST", `/v1/rooms/${room.id}/ticket`, options);
    assert.match(ticket.url, /^wss?:\/\/[^/]+\/v1\/sync$/);
    assert.ok(ticket.region && ticket.node);
    assert.equal(ticket.role, "viewer");
    const claims = await claimsOf(ticket.ticket);
    assert.deepEqual([claims.aud, claims.scope, claims.sub, claims.room, claims.role, claims.name], ["meridian-origin", "sync", bob.id, room.id, "viewer", "Bob ✏️"]);
    assert.deepEqual([claims.exp - claims.iat, claims.until - claims.iat, claims.reusable ?? false], [60, 3600, false]);
    assert.equal(Date.parse(ticket.expires_at), claims.exp * 1000);
    assert.ok(Math.abs(claims.iat * 1000 - Date.now()) < 30_000);
    ids.add(claims.jti);
  }
  assert.equal(ids.size, 4, "each has an id of its own");
});

test("a reusable one lives an hour", async () => {
  const ticket = await bob.ticket(room, { reusable: true });
  const claims = await claimsOf(ticket.ticket);
  assert.deepEqual([claims.exp - claims.iat, claims.until, claims.reusable], [3600, claims.exp, true]);
  assert.equal(Date.parse(ticket.expires_at), claims.exp * 1000);
});

test("tickets follow the membership at once", async () => {
  const path = `/v1/rooms/${room.id}/members/${bob.id}`;
  await ada.ok(200, "PUT", path, { body: { role: "editor" } });
  const ticket = await bob.ticket(room);
  assert.deepEqual([ticket.role, (await claimsOf(ticket.ticket)).role], ["editor", "editor"]);
  await ada.ok(204, "DELETE", path);
  isProblem(await bob.call("POST", `/v1/rooms/${room.id}/ticket`), 404, "room_not_found");
});

test("a room of another region has a place too", async () => {
  const far = await ada.createRoom("Far", { region: "us-east" });
  assert.match((await ada.ticket(far)).url, /\/v1\/sync$/);
});

test("nobody is in a room that nobody entered", async () => {
  assert.deepEqual(await ada.ok(200, "GET", `/v1/rooms/${room.id}/participants`), { items: [] });
});
