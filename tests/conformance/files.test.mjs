// Images of a board: stored by what they are.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isProblem } from "../support/problem.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { image, people, PNG, putImage, sha256 } from "./support/things.mjs";

let server, ada, eve, room;
before(async () => {
  server = await openHost();
  [ada, eve] = await people(server, "Ada", "Eve");
  room = await ada.createRoom();
});
after(closeHosts);

const path = (bytes, of = room) => `/v1/rooms/${of.id}/files/${sha256(bytes)}`;

test("an image comes back byte by byte, cacheable for ever, and can run nothing; again is no error", async () => {
  assert.deepEqual([(await putImage(ada, room, PNG)).status, (await putImage(ada, room, PNG)).status], [201, 200]);
  const answer = await ada.call("GET", path(PNG));
  assert.deepEqual([answer.status, answer.type], [200, "image/png"]);
  assert.ok(answer.bytes.equals(PNG));
  assert.equal(answer.headers.get("cache-control"), "private, max-age=31536000, immutable");
  assert.equal(answer.headers.get("content-security-policy"), "default-src 'none'; sandbox");
});

test("every kind of image is taken and told apart", async () => {
  const kinds = { "image/gif": "GIF89a", "image/jpeg": "\xff\xd8\xff\xe0", "image/webp": "RIFF\0\0\0\0WEBPVP8 " };
  for (const [type, start] of Object.entries(kinds)) {
    const bytes = Buffer.from(`${start} and pixels`, "latin1");
    assert.equal((await putImage(ada, room, bytes, { type: type.toUpperCase() })).status, 201, type);
    const answer = await ada.call("GET", path(bytes));
    assert.deepEqual([answer.type, answer.bytes.equals(bytes)], [type, true]);
  }
});

test("an image of 5 MiB passes, byte by byte", async () => {
  const bytes = Buffer.concat([PNG, Buffer.alloc(5 * 1024 * 1024 - PNG.length, "0123456789abcdef\xff\x00", "latin1")]);
  assert.equal((await putImage(ada, room, bytes)).status, 201);
  assert.ok((await ada.call("GET", path(bytes))).bytes.equals(bytes));
});

test("rooms share nothing, and two who store the same at once are both answered", async () => {
  const other = await ada.createRoom();
  const bytes = image("of one room");
  const statuses = (await Promise.all([0, 1, 2, 3].map(() => putImage(ada, room, bytes)))).map((a) => a.status);
  assert.ok(statuses.every((s) => [200, 201].includes(s)) && statuses.includes(201), String(statuses));
  isProblem(await ada.call("GET", path(bytes, other)), 404, "file_not_found");
  isProblem(await eve.call("GET", path(bytes)), 404, "room_not_found");
});
