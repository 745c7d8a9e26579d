// The log as the database holds it, read from outside with the database's own shell; and ways to make the database stand still.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The engine that this run is about. */
export const ENGINE = process.env.MERIDIAN_TEST_DB || "sqlite";

export class SqliteDatabase {
  constructor(data) {
    this.file = join(data, "meridian.sqlite");
  }

  rows(sql) {
    const text = execFileSync("sqlite3", ["-batch", "-noheader", "-separator", "|", "-cmd", ".timeout 20000", this.file, sql], { encoding: "utf8", maxBuffer: 1 << 30 });
    return split(text);
  }

  hex(column) {
    return `hex(${column})`;
  }

  /** Another process holds the write lock until the returned function is called. */
  async stall() {
    const holder = spawn("sqlite3", ["-batch", "-cmd", ".timeout 20000", this.file], { stdio: ["pipe", "pipe", "inherit"] });
    holder.stdin.write("BEGIN IMMEDIATE;\nSELECT 'held';\n");
    await once(holder.stdout, "data");
    return async () => {
      holder.stdin.end("ROLLBACK;\n");
      await once(holder, "exit");
    };
  }
}

export class PostgresDatabase {
  constructor(server, url) {
    Object.assign(this, { server, url });
  }

  rows(sql) {
    return split(this.server.query(this.url, sql));
  }

  hex(column) {
    return `encode(${column}, 'hex')`;
  }

  /** Postgres stops answering until the returned function is called. */
  async stall() {
    this.server.freeze();
    return async () => this.server.thaw();
  }
}

function split(text) {
  return text.split("\n").filter(Boolean).map((line) => line.split("|"));
}

/** The log of one room, or of all: `[{room, seq, epoch, author, payload}]` in order. */
export function readLog(database, room) {
  const where = room ? `WHERE room = '${room}'` : "";
  return database
    .rows(`SELECT room, seq, epoch, coalesce(author, ''), ${database.hex("payload")} FROM room_updates ${where} ORDER BY room, seq`)
    .map(([id, seq, epoch, author, hex]) => ({ room: id, seq: Number(seq), epoch: Number(epoch), author, payload: Buffer.from(hex, "hex") }));
}
