// Who has seen a change never reads what was before it, while a replica stands still; and replicas do answer those who may use them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Watcher } from "../support/positions.mjs";
import { READS, served, startStand, stopStand } from "./stand.mjs";

const USERS = 20;
const ROUNDS = 50;
/** A caller knows of nothing but where its own last answer was. */
const names = (list) => list.items.map((item) => item.name);

let stand, server, people;

before(async () => {
  stand = await startStand();
  server = stand.server;
  people = await Promise.all(Array.from({ length: USERS }, (_, i) => Watcher.signUp(server, `Person ${i}`)));
});
after(() => stopStand(stand));

/** Each does one write and one read that must show it. */
const CHECKS = {
  "rename me": async (person, mark) => {
    await person.rename(mark);
    assert.equal((await person.ok(200, "GET", "/v1/me")).name, mark);
  },
  "create a room": async (person, mark) => {
    await person.createRoom(mark);
    assert.ok(names(await person.ok(200, "GET", "/v1/rooms?limit=1")).includes(mark), mark);
  },
  "rename a room": async (person, mark) => {
    await person.ok(200, "PATCH", `/v1/rooms/${person.room.id}`, { body: { name: mark } });
    assert.equal((await person.ok(200, "GET", `/v1/rooms/${person.room.id}`)).name, mark);
  },
  "give another role": async (person, mark, other) => {
    const role = person.roles++ % 2 ? "editor" : "viewer";
    await person.ok(200, "PUT", `/v1/rooms/${person.shared.id}/members/${other.id}`, { body: { role } });
    const members = await person.ok(200, "GET", `/v1/rooms/${person.shared.id}/members`);
    assert.equal(members.items.find((member) => member.user_id === other.id).role, role, mark);
  },
  "leave a room": async (person, mark, other) => {
    const room = await person.createRoom(mark);
    await person.bring(other, room);
    await other.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${other.id}`);
    assert.ok(!names(await other.ok(200, "GET", "/v1/rooms?limit=3")).includes(mark), mark);
  },
};

describe("one of two replicas stands still", () => {
  let right = 0;

  before(async () => {
    for (const [i, person] of people.entries()) {
      Object.assign(person, { room: await person.createRoom("Mine"), shared: await person.createRoom("Ours"), roles: 0 });
      await person.bring(people[(i + 1) % USERS], person.shared);
    }
    await stand.cluster.caughtUp();
    stand.cluster.forgetCounts();
    await stand.cluster.replicas[0].pauseReplay();
  });
  after(() => stand.cluster.replicas[0].resumeReplay());

  test(`${USERS * ROUNDS} of ${USERS * ROUNDS} reads after writes show the write`, async (t) => {
    const kinds = Object.entries(CHECKS);
    const walk = async (person, i) => {
      for (let round = 0; round < ROUNDS; round++) {
        const [, check] = kinds[(i + round) % kinds.length];
        await check(person, `Person ${i}, round ${round}`, people[(i + 1) % USERS]);
        right++;
      }
    };
    await Promise.all(people.map(walk));
    assert.equal(right, USERS * ROUNDS);
    const { primary, replicas } = served(stand);
    t.diagnostic(`reads after writes: ${right} right; answered by the primary ${primary}, by the standing replica ${replicas[0]}, by the other ${replicas[1]}`);
    assert.equal(replicas[0], 0);
  });

  test("the control: read without that care, the standing replica shows what was before", async (t) => {
    const rows = (server, sql) => server.query(stand.database.url.replace(/:\d+\//, `:${server.port}/`), sql).trim().split("\n");
    const [standing] = stand.cluster.replicas;
    const counts = { names: "SELECT id, name FROM users ORDER BY id", rooms: "SELECT id, name FROM rooms ORDER BY id", members: "SELECT room_id, user_id, role FROM members ORDER BY 1, 2" };
    for (const [what, sql] of Object.entries(counts)) {
      const stale = new Set(rows(standing, sql));
      const fresh = rows(stand.cluster.primary, sql);
      const wrong = fresh.filter((row) => !stale.has(row)).length;
      t.diagnostic(`${what}: ${wrong} of ${fresh.length} rows are old or missing on the standing replica`);
      assert.ok(wrong >= USERS, what);
    }
  });

  test("who has not written since reads on the other replica", async (t) => {
    await stand.cluster.caughtUp([stand.cluster.replicas[1]]);
    stand.cluster.forgetCounts();
    for (let round = 0; round < 10; round++) await Promise.all(people.map((person) => person.ok(200, "GET", "/v1/me")));
    const { primary, replicas } = served(stand);
    t.diagnostic(`${10 * USERS} reads: primary ${primary}, standing replica ${replicas[0]}, the other ${replicas[1]}`);
    assert.deepEqual([primary, replicas[0], replicas[1]], [0, 0, 10 * USERS]);
  });
});

test("in step again, the nearest replica answers, for one more statement at most", async (t) => {
  await stand.cluster.caughtUp();
  stand.cluster.forgetCounts();
  const [person] = people;
  for (let i = 0; i < 100; i++) await person.ok(200, "GET", "/v1/me");
  const { primary, replicas } = served(stand);
  const asked = stand.cluster.replicas[0].runs(stand.database.name, "%pg_last_wal_replay_lsn%");
  t.diagnostic(`100 reads: primary ${primary}, replicas ${replicas}, asked where it is ${asked} times`);
  assert.deepEqual([primary, ...replicas], [0, 100, 0]);
  assert.ok(asked <= 100);
});

test("a call that does not say what it has seen goes to the primary, and is told", async () => {
  stand.cluster.forgetCounts();
  const [person] = people;
  person.position = undefined;
  await person.ok(200, "GET", "/v1/me");
  assert.deepEqual(served(stand, [READS.me]), { primary: 1, replicas: [0, 0] });
  assert.match(person.position, /^[0-9A-F]+\/[0-9A-F]+$/);
  await person.ok(200, "GET", "/v1/me");
  assert.equal(served(stand, [READS.me]).primary, 1);
});
