// Rights that ended are ended for reads too, while all replicas still have them.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { isProblem } from "../support/problem.mjs";
import { Watcher } from "../support/positions.mjs";
import { startServer } from "../support/server.mjs";
import { served, startStand, stopStand, trust } from "./stand.mjs";

const ROUNDS = 20;

let stand, ada, bob, room;

before(async () => {
  stand = await startStand();
});
after(() => stopStand(stand));

describe("with replay held back on every replica", () => {
  beforeEach(async () => {
    ada = await Watcher.signUp(stand.server, "Ada");
    bob = await Watcher.signUp(stand.server, "Bob");
    room = await ada.createRoom("Plans");
    await ada.bring(bob, room);
    await stand.cluster.caughtUp();
    for (const replica of stand.cluster.replicas) await replica.pauseReplay();
  });

  /** Bob claims to have seen nothing since before, again and again. */
  async function refused(path, status, code) {
    const { position } = bob;
    for (let i = 0; i < ROUNDS; i++) {
      bob.position = position;
      isProblem(await bob.call("GET", path), status, code);
    }
  }

  const released = async () => {
    for (const replica of stand.cluster.replicas) replica.resumeReplay();
    await stand.cluster.caughtUp();
  };

  const onReplica = (sql) => stand.cluster.replicas[0].query(stand.database.name, sql).trim();

  test("until something changes, the replicas answer", async () => {
    await bob.ok(200, "GET", "/v1/me");
    stand.cluster.forgetCounts();
    for (let i = 0; i < ROUNDS; i++) await bob.ok(200, "GET", "/v1/me");
    const { primary, replicas } = served(stand);
    assert.deepEqual([primary, replicas[0]], [0, ROUNDS]);
    await released();
  });

  test("a member who was removed", async () => {
    await ada.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${bob.id}`);
    assert.equal(onReplica(`SELECT COUNT(*) FROM members WHERE user_id = '${bob.id}'`), "1", "the replica still has it");
    await refused(`/v1/rooms/${room.id}`, 404, "room_not_found");
    await refused(`/v1/rooms/${room.id}/members`, 404, "room_not_found");
    await released();
  });

  test("a session that was signed out", async () => {
    const { position } = bob;
    await bob.signOut();
    bob.position = position;
    assert.equal(onReplica(`SELECT COUNT(*) FROM sessions WHERE user_id = '${bob.id}' AND ended_at IS NULL`), "1");
    await refused("/v1/me", 401, "unauthorized");
    await refused("/v1/rooms", 401, "unauthorized");
    await released();
  });

  test("a room that was deleted", async () => {
    await ada.ok(204, "DELETE", `/v1/rooms/${room.id}`);
    await refused(`/v1/rooms/${room.id}`, 404, "room_not_found");
    await released();
  });

  test("an account that was erased", async () => {
    const { position } = bob;
    await bob.ok(204, "DELETE", "/v1/me");
    bob.position = position;
    await refused("/v1/me", 401, "unauthorized");
    await released();
  });

  test("a membership that is new counts at once, whatever its owner has seen", async () => {
    const { position } = bob;
    const other = await ada.createRoom("Another");
    await ada.bring(bob, other);
    bob.position = position;
    assert.equal((await bob.ok(200, "GET", `/v1/rooms/${other.id}`)).name, "Another");
    await released();
  });

  test("while Redis has forgotten, the primary answers, and nothing is wrong", async () => {
    await ada.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${bob.id}`);
    await stand.redis.restart();
    await refused(`/v1/rooms/${room.id}`, 404, "room_not_found");
    trust(stand.redis);
    await released();
  });
});

test("without a memory that knows of changes, no replica is asked", async () => {
  const alone = await startServer({ database: { ...stand.database, server: stand.cluster.primary } });
  try {
    const eve = await Watcher.signUp(alone, "Eve");
    stand.cluster.forgetCounts();
    for (let i = 0; i < ROUNDS; i++) await eve.ok(200, "GET", "/v1/me");
    const { primary, replicas } = served(stand);
    assert.deepEqual([primary, ...replicas], [ROUNDS, 0, 0]);
  } finally {
    await alone.stop();
  }
});
