// Images of a board: stored by what they are.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { isProblem } from "../support/problem.mjs";
import { startServer, stopAll } from "../support/server.mjs";

// One red pixel.
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

let server, ada, eve, room;
before(async () => {
  server = await startServer();
  [ada, eve] = [await Person.signUp(server), await Person.signUp(server)];
  room = await ada.createRoom();
});
after(() => stopAll(server));

const path = (hash) => `/v1/rooms/${room.id}/files/${hash}`;
const put = (person, hash, raw, type = "image/png") => person.call("PUT", path(hash), { raw, headers: { "content-type": type } });

test("an image comes back byte by byte, cacheable for ever; again is no error", async () => {
  for (let i = 0; i < 2; i++) assert.ok([200, 201, 204].includes((await put(ada, sha256(PNG), PNG)).status));
  const answer = await ada.call("GET", path(sha256(PNG)));
  assert.deepEqual([answer.status, answer.type], [200, "image/png"]);
  assert.ok(answer.bytes.equals(PNG));
  assert.match(answer.headers.get("cache-control"), /immutable/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
});

test("a wrong hash, a wrong type, something that is no image, too much of it", async () => {
  for (const [hash, raw, type] of [
    [sha256(Buffer.from("other")), PNG, "image/png"],
    [sha256(Buffer.from("<script>")), Buffer.from("<script>"), "image/png"],
    [sha256(Buffer.from("<html>")), Buffer.from("<html>"), "text/html"],
    [sha256(Buffer.alloc(0)), Buffer.alloc(0), "image/png"],
    ["xyz", PNG, "image/png"],
    ["../../etc/passwd", PNG, "image/png"],
  ]) {
    const answer = await put(ada, encodeURIComponent(hash), raw, type);
    assert.ok([400, 404, 413, 415, 422].includes(answer.status), `${hash}: ${answer.status}`);
  }
  const huge = Buffer.concat([PNG, Buffer.alloc(64 * 1024 * 1024)]);
  assert.equal(await put(ada, sha256(huge), huge).then((a) => a.status, () => 413), 413);
});

test("strangers get nothing, viewers read and do not write", async () => {
  await put(ada, sha256(PNG), PNG);
  isProblem(await eve.call("GET", path(sha256(PNG))), 404);
  isProblem(await put(eve, sha256(PNG), PNG), 404);
  assert.equal((await call(server, "GET", path(sha256(PNG)))).status, 401);
  await ada.bring(eve, room, "viewer");
  assert.equal((await eve.call("GET", path(sha256(PNG)))).status, 200);
  assert.equal((await put(eve, sha256(PNG), PNG)).status, 403);
});
