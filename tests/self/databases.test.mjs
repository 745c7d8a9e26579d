// The databases that the suites bring along: both start, can be read, can be stalled and recover.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeAtExit } from "../support/children.mjs";
import { PostgresDatabase, readLog, SqliteDatabase } from "../support/database.mjs";
import { startPostgres } from "../support/postgres.mjs";
import { never, within } from "../support/until.mjs";

let postgres;
after(() => postgres?.stop());

const TABLE = "CREATE TABLE room_updates (room TEXT, seq BIGINT, epoch BIGINT, author TEXT, at BIGINT, payload BYTEA)";

test("the log is read from SQLite, and a held lock stops writers until it is let go", async () => {
  const database = new SqliteDatabase(removeAtExit(mkdtempSync(join(tmpdir(), "meridian-self-"))));
  database.rows(TABLE);
  database.rows("INSERT INTO room_updates VALUES ('r', 1, 1, NULL, 0, x'00ff7c0a'), ('r', 2, 1, 'u', 0, x'')");
  assert.deepEqual(readLog(database, "r"), [
    { room: "r", seq: 1, epoch: 1, author: "", payload: Buffer.from([0, 0xff, 0x7c, 0x0a]) },
    { room: "r", seq: 2, epoch: 1, author: "u", payload: Buffer.alloc(0) },
  ]);
  const release = await database.stall();
  assert.throws(() => database.rows("PRAGMA busy_timeout = 50; INSERT INTO room_updates VALUES ('r', 3, 1, NULL, 0, x'')"));
  assert.equal(readLog(database).length, 2, "readers go on");
  await release();
  database.rows("INSERT INTO room_updates VALUES ('r', 3, 1, NULL, 0, x'')");
  assert.equal(readLog(database).length, 3);
});

test("the log is read from a private Postgres, which can freeze, thaw, crash and come back", async () => {
  postgres = await (await startPostgres()).start();
  const url = postgres.createDatabase();
  const database = new PostgresDatabase(postgres, url);
  database.rows(TABLE);
  database.rows("INSERT INTO room_updates VALUES ('r', 1, 1, NULL, 0, '\\x00ff7c0a')");
  assert.deepEqual(readLog(database)[0].payload, Buffer.from([0, 0xff, 0x7c, 0x0a]));
  const release = await database.stall();
  let answered = false;
  const query = new Promise((resolve) => execFile("psql", ["-qAtX", url, "-c", "SELECT 42"], (error, out) => resolve((answered = true) && out)));
  await never(() => answered, "an answer from a frozen Postgres", 300);
  await release();
  assert.equal((await within(query, "the thawed Postgres")).trim(), "42");
  await postgres.crash();
  await postgres.start();
  assert.equal(readLog(database).length, 1);
});
