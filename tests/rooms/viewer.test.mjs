// SYNC-5: what a viewer may send, tag by tag.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";
import { readLog } from "../support/database.mjs";
import * as frames from "../support/frames.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

let server, scene, ada;
before(async () => {
  server = await startServer();
  scene = await Scene.set(server, { ada: "owner", eve: "viewer" });
  ada = await scene.raw("ada");
  await ada.receives(ada.edit((doc) => doc.getMap("m").set("ada", 1)));
});
after(async () => {
  await scene?.leave();
  await stopAll(server);
});

function foreign() {
  const doc = new Y.Doc();
  doc.getMap("m").set("eve", 1);
  return Y.encodeStateAsUpdate(doc);
}

async function nothingChanged() {
  await never(() => ada.doc.getMap("m").has("eve"), "a viewer's change at others", 150);
  assert.equal(readLog(server.database, scene.room.id).length, 1);
  assert.deepEqual((await scene.document()).getMap("m").toJSON(), { ada: 1 });
}

for (const [tag, frame] of [["0 1", frames.step2], ["0 2", frames.update]]) {
  test(`SYNC-5 a viewer's ${tag} is refused with read_only, not applied, and the connection lives`, async () => {
    const eve = await scene.raw("eve");
    assert.equal(eve.notices("welcome")[0].role, "viewer");
    eve.send(frame(foreign()));
    const refused = await eve.notice("refused");
    assert.equal(refused.reason, "read_only");
    assert.equal(refused.index, 1);
    await nothingChanged();
    eve.send(frames.step1(Y.encodeStateVector(new Y.Doc())));
    await until(() => eve.of("step2").length === 2, "an answer on the same connection");
    await eve.close();
  });

  test(`SYNC-5 a plain viewer's ${tag} is refused by "2 0 reason"`, async () => {
    const eve = await scene.raw("eve", { plain: true });
    eve.send(frame(foreign()));
    const denied = await eve.first("denied");
    assert.equal(denied.sub, 0);
    assert.match(denied.reason, /read_only/);
    await nothingChanged();
    assert.ok(eve.isOpen);
    await eve.close();
  });
}

test("SYNC-5 a viewer's deletion is refused too", async () => {
  const eve = await scene.raw("eve");
  eve.edit((doc) => doc.getMap("m").delete("ada"));
  assert.equal((await eve.notice("refused")).reason, "read_only");
  await nothingChanged();
  await eve.close();
});

test("SYNC-5 a viewer's SyncStep2 that carries nothing new is not a refusal", async () => {
  const eve = await scene.raw("eve");
  eve.send(frames.step2(Uint8Array.of(0, 0)));
  eve.send(frames.step2(Y.encodeStateAsUpdate(eve.doc)));
  eve.send(frames.queryAwareness());
  await never(() => eve.of("notice").some((f) => f.notice.code === "refused"), "a refusal", 300);
  assert.ok(eve.isOpen);
  await eve.close();
});

test("SYNC-5 a viewer's 0 0, 1 and 3 work: it gets the state, shows its presence and sees others'", async () => {
  const eve = await scene.raw("eve");
  assert.equal(eve.doc.getMap("m").get("ada"), 1);
  eve.send(frames.awareness({ client: 77, clock: 1, state: { cursor: 5 } }));
  await ada.first("awareness", (f) => f.entries.some((e) => e.client === 77 && e.state?.cursor === 5 && e.state.user.role === "viewer"));
  ada.send(frames.awareness({ client: ada.doc.clientID, clock: 1, state: { cursor: 6 } }));
  await eve.first("awareness", (f) => f.entries.some((e) => e.client === ada.doc.clientID));
  eve.frames.length = 0;
  eve.send(frames.queryAwareness());
  await eve.first("awareness", (f) => f.entries.some((e) => e.client === ada.doc.clientID && e.state?.cursor === 6));
  await eve.close();
});

test("PRES-5 viewers of a room with viewers_visible: false send no presence, and see everything", async () => {
  const hidden = await Scene.set(server, { ada: "owner", eve: "viewer" });
  await hidden.owner.ok(200, "PATCH", `/v1/rooms/${hidden.room.id}`, { body: { viewers_visible: false } });
  const [owner, eve] = [await hidden.raw("ada"), await hidden.raw("eve")];
  eve.send(frames.awareness({ client: 78, clock: 1, state: { cursor: 5 } }));
  owner.send(frames.awareness({ client: owner.doc.clientID, clock: 1, state: { cursor: 6 } }));
  await eve.first("awareness", (f) => f.entries.some((e) => e.client === owner.doc.clientID && e.state));
  await never(() => owner.of("awareness").some((f) => f.entries.some((e) => e.client === 78 && e.state)), "a hidden viewer's presence", 300);
  await hidden.leave();
});

for (const [what, make] of [
  ["an Update inside an Update", () => frames.update(frames.update(foreign()))],
  ["an Update behind a SyncStep1 in one frame", () => Buffer.concat([frames.step1(Uint8Array.of(0)), frames.update(foreign())])],
  ["an Update behind a query in one frame", () => Buffer.concat([frames.queryAwareness(), frames.update(foreign())])],
  ["an Update with an overlong tag", () => Buffer.concat([Uint8Array.of(0x80, 0x00, 0x82, 0x00), frames.update(foreign()).subarray(2)])],
  ["a sync message of an unknown kind", () => Buffer.concat([Uint8Array.of(0, 3), frames.update(foreign()).subarray(2)])],
  ["an unknown tag", () => Buffer.concat([Uint8Array.of(77), foreign()])],
  ["the server's own tag 110", () => Uint8Array.of(110, 1, 1)],
  ["random bytes", () => Uint8Array.of(0, 2, 9, 250, 251, 252)],
]) {
  test(`SYNC-5 a viewer can't smuggle ${what}`, async () => {
    const eve = await scene.raw("eve");
    eve.send(make());
    // Either it is malformed (4400), or refused, or without effect; never applied.
    await until(() => !eve.isOpen || eve.notices("refused").length || eve.of("step2").length > 1 || eve.of("awareness").length, "an answer of any kind", 2000).catch(() => {});
    await nothingChanged();
    if (!eve.isOpen) assert.equal((await eve.closed).code, 4400);
    await eve.close();
  });
}
