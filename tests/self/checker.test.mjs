// The checker must see what it is there to see: each test plants one fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { checkLog, checkRoom, Coverage } from "../support/checker.mjs";

/** A document's updates as a log, and a client that saw all. */
function history(edits = 6) {
  const doc = new Y.Doc();
  const updates = [];
  doc.on("update", (update) => updates.push(update));
  const list = doc.getArray("list");
  for (let i = 0; i < edits; i++) list.push([`edit ${i}`]);
  list.delete(1, 1);
  const rows = updates.map((payload, i) => ({ seq: i + 1, epoch: 1, payload }));
  return { doc, updates, rows };
}

test("a true record passes, also when the server merged updates", () => {
  const { doc, updates, rows } = history();
  assert.deepEqual(checkRoom(rows, [{ name: "a", received: updates, acknowledged: updates, doc }]), []);
  assert.deepEqual(checkRoom(rows, [{ name: "a", received: [Y.mergeUpdates(updates)], doc }]), []);
  const merged = [{ seq: 1, epoch: 1, payload: Y.mergeUpdates(updates.slice(0, 3)) }, { seq: 2, epoch: 2, payload: Y.mergeUpdates(updates.slice(3)) }];
  assert.deepEqual(checkRoom(merged, [{ name: "a", received: updates, doc }]), []);
});

test("a lost update is seen, in the middle and at the end", () => {
  for (const gone of [2, 5]) {
    const { updates, rows } = history();
    const left = rows.filter((_, i) => i !== gone).map((row, i) => ({ ...row, seq: i + 1 }));
    assert.match(checkRoom(left, [{ name: "a", received: updates }]).join(), /lost from the log: a was sent/);
    assert.match(checkRoom(left, [{ name: "a", received: [], acknowledged: [updates[gone]] }]).join(), /told to be durable/);
  }
});

test("a lost deletion is seen", () => {
  const { doc, updates, rows } = history();
  const faults = checkRoom(rows.slice(0, -1), [{ name: "a", received: updates, doc }]);
  assert.match(faults.join(), /deletion/);
  assert.match(faults.join(), /a differs from the replay/);
});

test("a gap, a doubled number and epochs out of order are seen", () => {
  const { rows } = history();
  assert.match(checkLog(rows.map((row) => (row.seq > 3 ? { ...row, seq: row.seq + 1 } : row))).join(), /gap: position 4 holds seq 5/);
  assert.match(checkLog(rows.slice(1)).join(), /gap: position 1 holds seq 2/);
  assert.match(checkLog(rows.map((row) => ({ ...row, epoch: row.seq === 4 ? 1 : 2 }))).join(), /epochs interleave: seq 4/);
});

test("an update that is in the log twice is seen", () => {
  const { updates, rows } = history();
  const twice = [...rows, { seq: rows.length + 1, epoch: 1, payload: updates[2] }];
  assert.match(checkLog(twice).join(), /seq 8 holds nothing/);
});

test("a client that differs from the log is seen", () => {
  const { doc, updates, rows } = history();
  doc.getArray("list").push(["never sent"]);
  assert.match(checkRoom(rows, [{ name: "a", received: updates, doc }]).join(), /a differs from the replay/);
  const poor = new Y.Doc();
  Y.applyUpdate(poor, updates[0]);
  assert.match(checkRoom(rows, [{ name: "b", received: [updates[0]], doc: poor }]).join(), /b differs from the replay/);
});

test("an update that is logged but never comes into effect is seen", () => {
  const { updates, rows } = history();
  // Without its predecessor the last insertion stays parked: the log has it, the document does not.
  const parked = [{ seq: 1, epoch: 1, payload: updates[5] }];
  assert.match(checkRoom(parked, [{ name: "a", received: [updates[5]] }]).join(), /lost from the document/);
  assert.equal(rows.length, 7);
});

test("coverage joins ranges in any order", () => {
  const { updates } = history();
  const shuffled = Coverage.of([updates[4], updates[0], updates[2], updates[1], updates[3]]);
  assert.deepEqual(shuffled.missing(Y.mergeUpdates(updates.slice(0, 5))), []);
  assert.equal(shuffled.missing(Y.mergeUpdates(updates)).length, 3 - 1);
});
