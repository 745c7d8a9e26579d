import assert from "node:assert/strict";

/** The answer is a problem document (RFC 9457) of this status, and of this code when one is given. */
export function isProblem(answer, status, code) {
  const text = answer.bytes.toString().slice(0, 400);
  assert.equal(answer.status, status, text);
  assert.equal(answer.type.split(";")[0], "application/problem+json", text);
  const { type, title, status: inside, detail, code: given } = answer.body;
  for (const field of [type, title, detail, given]) assert.ok(typeof field === "string" && field.length > 0, text);
  assert.equal(inside, status);
  assert.match(given, /^[a-z][a-z0-9_]*$/);
  if (code) assert.equal(given, code, text);
  // Nothing of the inside shows.
  assert.doesNotMatch(text, /sqlx|SQLITE|panicked|src\/.*\.rs|postgres:/i);
  return answer.body;
}

/** A validation problem that names exactly these fields. */
export function isInvalid(answer, ...fields) {
  const body = isProblem(answer, answer.status === 400 ? 400 : 422);
  assert.deepEqual([...new Set((body.errors ?? []).map((e) => e.field))].sort(), fields.sort(), JSON.stringify(body));
  for (const { message } of body.errors) assert.ok(message.length > 3);
}
