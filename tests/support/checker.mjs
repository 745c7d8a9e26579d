// What must hold after any fault, judged from the clients' own records and the log in the database.
import { isDeepStrictEqual } from "node:util";
import * as Y from "yjs";

/** The (client, clock) ranges and deletions of updates, merged. */
export class Coverage {
  constructor() {
    this.structs = new Map();
    this.deletes = new Map();
  }

  static of(updates) {
    const coverage = new Coverage();
    for (const update of updates) coverage.add(update);
    return coverage;
  }

  /** What is in effect in a document, parked updates not included. */
  static ofDocument(doc) {
    const coverage = new Coverage();
    const { sv, ds } = Y.snapshot(doc);
    for (const [client, clock] of sv) insert(coverage.structs, client, 0, clock);
    for (const [client, ranges] of ds.clients) for (const r of ranges) insert(coverage.deletes, client, r.clock, r.len);
    return coverage;
  }

  add(update) {
    const { structs, ds } = Y.decodeUpdate(update);
    for (const s of structs) if (s.constructor.name !== "Skip") insert(this.structs, s.id.client, s.id.clock, s.length);
    for (const [client, ranges] of ds.clients) for (const r of ranges) insert(this.deletes, client, r.clock, r.len);
  }

  /** What of an update is not covered, in words; empty when all is. */
  missing(update) {
    const { structs, ds } = Y.decodeUpdate(update);
    const lost = [];
    for (const s of structs) {
      if (s.constructor.name !== "Skip" && !covers(this.structs, s.id.client, s.id.clock, s.length)) lost.push(`${s.id.client}@${s.id.clock}+${s.length}`);
    }
    for (const [client, ranges] of ds.clients) {
      for (const r of ranges) if (!covers(this.deletes, client, r.clock, r.len)) lost.push(`deletion ${client}@${r.clock}+${r.len}`);
    }
    return lost;
  }
}

/** Ranges of a client are kept as sorted, disjoint [begin, end) pairs. */
function insert(map, client, begin, length) {
  const end = begin + length;
  const before = [];
  const after = [];
  let merged = [begin, end];
  for (const range of map.get(client) ?? []) {
    if (range[1] < merged[0]) before.push(range);
    else if (range[0] > merged[1]) after.push(range);
    else merged = [Math.min(range[0], merged[0]), Math.max(range[1], merged[1])];
  }
  map.set(client, [...before, merged, ...after]);
}

function covers(map, client, begin, length) {
  return length === 0 || (map.get(client) ?? []).some(([from, to]) => from <= begin && begin + length <= to);
}

/** The log of one room: gap-free from 1, epochs never interleave, no update written twice. */
export function checkLog(rows) {
  const faults = [];
  const seen = new Coverage();
  rows.forEach((row, i) => {
    if (row.seq !== i + 1) faults.push(`gap: position ${i + 1} holds seq ${row.seq}`);
    if (i > 0 && row.epoch < rows[i - 1].epoch) faults.push(`epochs interleave: seq ${row.seq} has epoch ${row.epoch} after ${rows[i - 1].epoch}`);
    if (seen.missing(row.payload).length === 0) faults.push(`seq ${row.seq} holds nothing that the log did not hold before`);
    seen.add(row.payload);
  });
  return faults;
}

/** The document that a log makes, by Yjs itself. */
export function replay(rows) {
  const doc = new Y.Doc();
  for (const row of rows) Y.applyUpdate(doc, row.payload);
  return doc;
}

/**
 * Judges one room. `clients`: `[{name, received, acknowledged?, doc?}]`: payloads that came from the server, own updates that it called durable, and the
 * document at the end (of clients that were still connected). Returns faults in words.
 */
export function checkRoom(rows, clients) {
  const faults = checkLog(rows);
  const log = Coverage.of(rows.map((row) => row.payload));
  const final = replay(rows);
  const state = Coverage.ofDocument(final);
  // Of two concurrent writes to one key every replica deletes the loser by itself: such deletions are in documents and in no update.
  log.deletes = state.deletes;
  for (const { name, received, acknowledged = [], doc } of clients) {
    for (const [what, updates] of [["received", received], ["acknowledged", acknowledged]]) {
      for (const update of updates) {
        const lost = log.missing(update);
        if (lost.length) faults.push(`lost from the log: ${name} was ${what === "received" ? "sent" : "told to be durable"} ${lost.join(", ")}`);
        else if (state.missing(update).length) faults.push(`lost from the document: ${name} ${what} ${state.missing(update).join(", ")}`);
      }
    }
    if (doc && !Y.equalSnapshots(Y.snapshot(doc), Y.snapshot(final))) faults.push(`${name} differs from the replay of the log`);
    if (doc && !sameContent(doc, final)) faults.push(`${name} has other content than the replay of the log`);
  }
  return faults;
}

/** Whether the root types that a document has opened read the same in another. */
function sameContent(doc, final) {
  const opened = [...doc.share].filter(([, type]) => type.constructor !== Y.AbstractType);
  return opened.every(([name, type]) => isDeepStrictEqual(type.toJSON(), final.get(name, type.constructor).toJSON()));
}
