// Every operation of the description, called by everyone: `matrix.mjs`.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MATRIX } from "./matrix.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { Cast, ROLES } from "./support/things.mjs";

let server, cast;
before(async () => {
  server = await openHost();
  cast = await Cast.meet(server);
});
after(closeHosts);

test("every operation has a row, and every row an operation", () => {
  assert.deepEqual(Object.keys(MATRIX).sort(), server.description.operations.map((o) => o.id).sort());
});

test("every row expects something of everyone, and no more than is declared", () => {
  for (const [id, { expected }] of Object.entries(MATRIX)) {
    assert.deepEqual(Object.keys(expected).sort(), ROLES.toSorted(), id);
    const operation = server.description.get(id);
    for (const [status, code] of Object.values(expected)) {
      assert.ok(status < 400 ? operation.description.responses[status] : operation.declares(status, code), `${id}: ${status} ${code}`);
    }
    assert.equal(operation.isSignedIn, expected.anonymous[0] === 401, id);
  }
});

for (const [id, row] of Object.entries(MATRIX)) {
  describe(id, () => {
    let stage;
    before(async () => {
      if (!server.description.get(id)?.path.includes("{room}")) return;
      stage = await cast.stage();
      await row.prepare?.({ cast, stage });
    });
    for (const role of ROLES) {
      test(`${id} by ${role}: ${row.expected[role].join(" ")}`, async () => {
        const { method } = server.description.get(id) ?? assert.fail("no such operation");
        const { path, ...options } = await row.request({ cast, stage, role });
        const answer = await cast[role].call(method, path, options);
        assert.deepEqual([answer.status, answer.status < 400 ? undefined : answer.body.code], [row.expected[role][0], row.expected[role][1]]);
      });
    }
  });
}
