// Lists in pages: each item once, in order, whatever happens between two pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeHosts, openHost } from "./support/host.mjs";
import { people } from "./support/things.mjs";

let server, ada;
before(async () => {
  server = await openHost();
  [ada] = await people(server, "Ada");
});
after(closeHosts);

/** Every item, page by page; `between` happens after the first page. */
async function walk(person, path, limit, between = async () => {}) {
  const items = [];
  let cursor = null;
  for (let page = 0; page < 100; page++) {
    const query = new URLSearchParams({ ...(limit ? { limit } : {}), ...(cursor ? { cursor } : {}) });
    const body = await person.ok(200, "GET", `${path}?${query}`);
    assert.ok(body.items.length <= (limit ?? 50));
    if (body.next_cursor) assert.equal(body.items.length, limit ?? 50, "only the last page is short");
    items.push(...body.items);
    if (page === 0) await between();
    cursor = body.next_cursor;
    if (!cursor) return items;
  }
  throw new Error("no end of pages");
}

test("my rooms, newest first, each once, also while new ones appear and old ones go", async () => {
  const [person] = await people(server, "Walker");
  const made = [];
  for (let i = 0; i < 7; i++) made.push((await person.createRoom(`Room ${i}`)).id);
  const ids = (items) => items.map((r) => r.id);
  for (const limit of [1, 2, 3, 7, 100]) assert.deepEqual(ids(await walk(person, "/v1/rooms", limit)), made.toReversed(), `limit ${limit}`);
  const between = async () => {
    await person.createRoom("Newer");
    await person.ok(204, "DELETE", `/v1/rooms/${made[1]}`);
  };
  assert.deepEqual(ids(await walk(person, "/v1/rooms", 3, between)), made.toReversed().filter((id) => id !== made[1]));
  const all = await person.ok(200, "GET", "/v1/rooms");
  assert.deepEqual([all.items.length, all.items[0].name, all.next_cursor], [7, "Newer", null]);
});

test("rooms made in one millisecond, by many calls at once, are all there", async () => {
  const [person] = await people(server, "Hurry");
  const made = await Promise.all(Array.from({ length: 30 }, (_, i) => person.createRoom(`Room ${i}`)));
  const seen = (await walk(person, "/v1/rooms", 4)).map((r) => r.id);
  assert.deepEqual(seen, made.map((r) => r.id).sort().reverse());
});

test("more than a page without a limit: 50, and the rest", async () => {
  const [person] = await people(server, "Many");
  for (let i = 0; i < 6; i++) await Promise.all(Array.from({ length: 10 }, (_, j) => person.createRoom(`Room ${i} ${j}`)));
  assert.equal((await person.ok(200, "GET", "/v1/rooms")).items.length, 50);
  assert.equal((await walk(person, "/v1/rooms")).length, 60);
  assert.equal((await person.ok(200, "GET", "/v1/rooms?limit=100")).items.length, 60);
});

test("an empty list is a page without a next one", async () => {
  const [person] = await people(server, "Nobody");
  assert.deepEqual(await person.ok(200, "GET", "/v1/rooms"), { items: [], next_cursor: null });
});

test("members, each once, in one order", async () => {
  const room = await ada.createRoom();
  const crowd = await people(server, "A", "B", "C", "D");
  for (const person of crowd) await ada.bring(person, room, "viewer");
  const expected = [ada, ...crowd].map((p) => p.id).sort();
  for (const limit of [1, 2, 5, 100]) assert.deepEqual((await walk(crowd[0], `/v1/rooms/${room.id}/members`, limit)).map((m) => m.user_id), expected, `limit ${limit}`);
});

test("a cursor shows nothing that its caller may not see", async () => {
  const [left, right] = await people(server, "Left", "Right");
  for (let i = 0; i < 3; i++) await left.createRoom(`Left ${i}`);
  await right.createRoom("Right");
  const { next_cursor } = await left.ok(200, "GET", "/v1/rooms?limit=1");
  for (const item of (await right.ok(200, "GET", `/v1/rooms?cursor=${next_cursor}`)).items) assert.equal(item.name, "Right");
});

test("unknown parameters change nothing", async () => {
  await ada.ok(200, "GET", "/v1/rooms?limit=1&utm_source=x&offset=5&%00=1");
});
