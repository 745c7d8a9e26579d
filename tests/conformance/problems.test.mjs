// Every error that the description declares and that a caller can provoke: it is provoked, at every operation that declares it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { call } from "../support/api.mjs";
import { MATRIX } from "./matrix.mjs";
import { OUT_OF_REACH, PROVOKE } from "./problems.mjs";
import { closeHosts, NODE_SECRET, openHost } from "./support/host.mjs";
import { Cast } from "./support/things.mjs";

after(closeHosts);
const server = await openHost();
const cast = await Cast.meet(server);
const stage = await cast.stage();
const declared = server.description.operations.flatMap((operation) => operation.errors.map(([status, code]) => ({ operation, status, code })));

test("every declared error is provoked here or there, or out of reach for a reason", () => {
  const known = new Set([...Object.keys(PROVOKE), ...Object.keys(OUT_OF_REACH), "rate_limited"]);
  assert.deepEqual(declared.map((d) => d.code).filter((code) => !known.has(code)), []);
  const used = new Set(declared.map((d) => d.code));
  assert.deepEqual([...known].filter((code) => !used.has(code)), []);
});

for (const { operation, status, code } of declared.filter((d) => PROVOKE[d.code])) {
  test(`${operation.id} answers ${status} ${code}`, async () => {
    // A key that stands for another request already.
    const other = `other-${operation.id}`;
    if (code === "idempotency_key_reused") await cast.owner.ok(201, "POST", "/v1/rooms", { body: { name: "Other" }, headers: { "idempotency-key": other } });
    const valid = await MATRIX[operation.id].request({ cast, stage, role: "owner" });
    const attempts = PROVOKE[code]({ operation, cast, stage, valid, other });
    assert.ok(attempts.length > 0);
    for (const { fields, rename, ...attempt } of attempts) {
      const token = operation.isForNodes ? NODE_SECRET : operation.isSignedIn ? cast.owner.access : undefined;
      const { path, ...options } = { ...(token ? { token } : {}), ...valid, ...attempt };
      // What is sent as it is stands in place of the valid body.
      if (attempt.raw !== undefined) delete options.body;
      const answer = await call(server, operation.method, rename?.(path) ?? path, options);
      const what = `${path} ${JSON.stringify(attempt).slice(0, 200)} → ${answer.bytes.toString().slice(0, 300)}`;
      assert.deepEqual([answer.status, answer.body?.code], [status, code], what);
      if (fields) assert.deepEqual([...new Set(answer.body.errors.map((e) => e.field))].sort(), fields.sort(), what);
      assert.ok(answer.bytes.length < 8000, `what was wrong is not sent back: ${answer.bytes.length} bytes`);
    }
  });
}
