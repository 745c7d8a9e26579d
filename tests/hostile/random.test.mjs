// INV-8: random and mutilated frames. Seconds by default, minutes with --slow; a failure prints the seed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as Y from "yjs";
import { UPDATES } from "../support/craft.mjs";
import * as frames from "../support/frames.mjs";
import { random, SEED, SLOW } from "../support/random.mjs";
import { Scene } from "../support/scene.mjs";
import { startServer, stopAll } from "../support/server.mjs";
import { until } from "../support/until.mjs";

const SECONDS = SLOW ? 180 : 8;
let server;
before(async () => (server = await startServer({ limits: { updates_per_second: 1_000_000, updates_burst: 1_000_000 } })));
after(() => stopAll(server));

function valid(dice) {
  const doc = new Y.Doc();
  const text = doc.getText("t");
  text.insert(0, "hello 😀 world");
  text.format(0, 3, { bold: true });
  text.delete(2, 3);
  doc.getMap("m").set("k", new Y.Map([["x", [1, { a: null }, 2.5, "s"]]]));
  doc.getXmlFragment("x").insert(0, [new Y.XmlElement("p")]);
  const update = Y.encodeStateAsUpdate(doc);
  return dice.pick([
    () => frames.update(update),
    () => frames.step2(update),
    () => frames.step1(Y.encodeStateVector(doc)),
    () => frames.awareness({ client: dice.below(2 ** 32), clock: dice.below(100), state: { cursor: { x: 1 } } }),
    () => frames.update(dice.pick(UPDATES)[1]),
    () => frames.queryAwareness(),
  ])();
}

function mutilate(frame, dice) {
  const copy = Uint8Array.from(frame);
  const at = dice.below(copy.length || 1);
  return dice.pick([
    () => copy.subarray(0, at),
    () => ((copy[at] ^= 1 << dice.below(8)), copy),
    () => ((copy[at] = dice.below(256)), (copy[dice.below(copy.length)] = dice.pick([0, 1, 0x7f, 0x80, 0xff])), copy),
    () => Uint8Array.from([...copy.subarray(0, at), ...Array(dice.between(1, 10)).fill(0xff), ...copy.subarray(at)]),
    () => Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + dice.between(1, 8))]),
    () => Uint8Array.from([...copy, ...dice.bytes(dice.below(20))]),
    () => dice.bytes(dice.below(200)),
    () => Uint8Array.from([0, dice.below(4), ...dice.bytes(dice.below(100))]),
  ])();
}

test(`REF-2, INV-8 ${SECONDS} s of mutilated frames: the process and a witness never notice`, async () => {
  const dice = random(SEED);
  const scene = await Scene.set(server);
  const attacked = await scene.owner.createRoom("Attacked");
  await scene.owner.bring(scene.people.bob, attacked);
  const witness = await scene.raw("ada");
  const { pid } = server;
  const quiet = scene.room;
  let sent = 0;
  let attacker;
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; ) {
    if (!attacker?.isOpen) {
      scene.room = attacked;
      attacker = await scene.knock("bob");
      scene.room = quiet;
    }
    for (let i = 0; i < 20 && attacker.isOpen; i++, sent++) attacker.send(mutilate(valid(dice), dice));
    attacker.frames.length = 0;
    const begin = performance.now();
    const update = witness.edit((doc) => doc.getMap("m").set("n", sent));
    await until(() => witness.got(update), `the witness's echo (seed ${SEED})\n${server.log.slice(-2000)}`, 5000);
    assert.ok(performance.now() - begin < 2000, `the witness waited ${performance.now() - begin} ms (seed ${SEED})`);
    witness.frames.length = 0;
    assert.ok(server.alive && server.pid === pid, `the server ended (seed ${SEED})`);
  }
  console.log(`# ${sent} frames, seed ${SEED}`);
  scene.room = attacked;
  await attacker.close();
  await scene.yjs("bob"); // the attacked room can still be opened, by a stock client
  await server.kill();
  await server.start();
  await scene.yjs("bob");
  await scene.leave();
});
