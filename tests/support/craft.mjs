// Yjs updates (encoding v1) written by hand, wrong on purpose. The published crashes of decoders are all of these kinds.
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { bytes } from "./frames.mjs";

const big = (e, n) => encoding.writeVarUint(e, n);

/** One client, its structs written by `body`, and a delete set written by `deletes`. */
function crafted(client, clock, count, body, deletes = (e) => big(e, 0)) {
  return bytes((e) => {
    big(e, 1);
    big(e, count);
    big(e, client);
    big(e, clock);
    body(e);
    deletes(e);
  });
}

/** An item under the root type "t" with content written by `content`. */
function item(reference, content, parent = (e) => (big(e, 1), encoding.writeVarString(e, "t"))) {
  return (e) => {
    encoding.writeUint8(e, reference);
    parent(e);
    content(e);
  };
}

const any = (write) => item(8, (e) => (big(e, 1), write(e)));
const repeat = (n, ...sequence) => Uint8Array.from({ length: n * sequence.length }, (_, i) => sequence[i % sequence.length]);
const MAX_U32 = 2 ** 32 - 1;
const MAX_SAFE = 2 ** 53 - 1;

/** A document split inside a surrogate pair: legal for Yjs, awkward for UTF-8. */
function splitSurrogate() {
  const doc = new Y.Doc();
  const text = doc.getText("t");
  text.insert(0, "a😀b");
  text.insert(2, "x");
  text.delete(1, 1);
  return Y.encodeStateAsUpdate(doc);
}

/** `[what, payload]`, each to be sent as an Update. */
export const UPDATES = [
  // Length prefixes that ask for gigabytes (y-crdt#639).
  ["2^32-1 clients", bytes((e) => big(e, MAX_U32))],
  ["2^53-1 clients", bytes((e) => big(e, MAX_SAFE))],
  ["2^32-1 structs", bytes((e) => [1, MAX_U32, 1, 0].forEach((n) => big(e, n)))],
  ["2^53-1 structs", bytes((e) => [1, MAX_SAFE, 1, 0].forEach((n) => big(e, n)))],
  ["2^32-1 deleting clients", bytes((e) => [0, MAX_U32].forEach((n) => big(e, n)))],
  ["2^32-1 deleted ranges", bytes((e) => [0, 1, 5, MAX_U32].forEach((n) => big(e, n)))],
  ["a JSON content of 2^32-1 values", crafted(900, 0, 1, item(2, (e) => big(e, MAX_U32)))],
  ["an Any content of 2^32-1 values", crafted(901, 0, 1, item(8, (e) => big(e, MAX_U32)))],
  ["an Any array of 2^32-1 values", crafted(902, 0, 1, any((e) => (encoding.writeUint8(e, 117), big(e, MAX_U32))))],
  ["an Any object of 2^32-1 keys", crafted(903, 0, 1, any((e) => (encoding.writeUint8(e, 118), big(e, MAX_U32))))],
  ["a binary of 4 GB", crafted(904, 0, 1, item(3, (e) => big(e, MAX_U32)))],
  ["a string of 4 GB", crafted(905, 0, 1, item(4, (e) => big(e, MAX_U32)))],
  // Recursion without an end (y-crdt#391 and kin).
  ["Any arrays nested 100,000 deep", crafted(910, 0, 1, any((e) => (encoding.writeUint8Array(e, repeat(100_000, 117, 1)), encoding.writeUint8(e, 126))))],
  ["Any objects nested 50,000 deep", crafted(911, 0, 1, any((e) => (encoding.writeUint8Array(e, repeat(50_000, 118, 1, 1, 97)), encoding.writeUint8(e, 126))))],
  ["JSON nested 100,000 deep", crafted(912, 0, 1, item(2, (e) => (big(e, 1), encoding.writeVarString(e, "[".repeat(100_000) + "]".repeat(100_000)))))],
  ["an embed of JSON nested 100,000 deep", crafted(913, 0, 1, item(5, (e) => encoding.writeVarString(e, '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000))))],
  ["JSON that is none", crafted(914, 0, 1, item(2, (e) => (big(e, 1), encoding.writeVarString(e, "{not json"))))],
  ["an embed that is no JSON", crafted(915, 0, 1, item(5, (e) => encoding.writeVarString(e, "{")))],
  ["a format whose value is no JSON", crafted(916, 0, 1, item(6, (e) => (encoding.writeVarString(e, "bold"), encoding.writeVarString(e, "{"))))],
  // Numbers at the ends of their types (y-crdt#647, #415).
  ["a clock of 2^32-1", crafted(920, MAX_U32, 1, item(4, (e) => encoding.writeVarString(e, "xx")))],
  ["a clock of 2^31-1 and a text that goes beyond", crafted(921, 2 ** 31 - 1, 1, item(4, (e) => encoding.writeVarString(e, "xxx")))],
  ["a clock of 2^53-1", crafted(922, MAX_SAFE, 1, item(4, (e) => encoding.writeVarString(e, "x")))],
  ["a client of 2^53-1", crafted(MAX_SAFE, 0, 1, item(4, (e) => encoding.writeVarString(e, "x")))],
  ["a number of twenty bytes", Uint8Array.from([...repeat(19, 0xff), 1, 0])],
  ["a GC of 2^32-1", crafted(923, 0, 1, (e) => (encoding.writeUint8(e, 0), big(e, MAX_U32)))],
  ["a GC of nothing", crafted(924, 0, 1, (e) => (encoding.writeUint8(e, 0), big(e, 0)))],
  ["a Skip of 2^32-1", crafted(925, 0, 1, (e) => (encoding.writeUint8(e, 10), big(e, MAX_U32)))],
  ["two Skips that overflow together", crafted(926, 2 ** 31, 2, (e) => [0, 0].forEach(() => (encoding.writeUint8(e, 10), big(e, 2 ** 31))))],
  ["deleted content of 2^32-1", crafted(927, 0, 1, item(1, (e) => big(e, MAX_U32)))],
  ["an empty string", crafted(928, 0, 1, item(4, (e) => encoding.writeVarString(e, "")))],
  ["an Any content of no values", crafted(929, 0, 1, item(8, (e) => big(e, 0)))],
  ["a deleted range to 2^32-1", bytes((e) => [0, 1, 5, 1, 0, MAX_U32].forEach((n) => big(e, n)))],
  ["a deleted range that overflows", bytes((e) => [0, 1, 5, 1, MAX_U32, MAX_U32].forEach((n) => big(e, n)))],
  ["deleted ranges that overlap, backwards", bytes((e) => [0, 1, 5, 3, 50, 10, 40, 20, 0, 100].forEach((n) => big(e, n)))],
  // References to what is not there, or to itself (origofs#144: parents that are no types).
  ...[11, 12, 15, 31].map((kind) => [`content of kind ${kind}`, crafted(930 + kind, 0, 1, item(kind, (e) => encoding.writeVarString(e, "x")))]),
  ["a type of kind 99", crafted(970, 0, 1, item(7, (e) => big(e, 99)))],
  ["a type of kind 2^32-1", crafted(971, 0, 1, item(7, (e) => big(e, MAX_U32)))],
  ["an item that is its own parent", crafted(972, 0, 1, item(7, (e) => big(e, 0), (e) => [0, 972, 0].forEach((n) => big(e, n))))],
  [
    "two items that are each other's parents",
    crafted(973, 0, 2, (e) => {
      item(7, (e2) => big(e2, 0), (e2) => [0, 973, 1].forEach((n) => big(e2, n)))(e);
      item(7, (e2) => big(e2, 0), (e2) => [0, 973, 0].forEach((n) => big(e2, n)))(e);
    }),
  ],
  ["an item that is its own neighbour", crafted(974, 0, 1, (e) => (encoding.writeUint8(e, 0x84), big(e, 974), big(e, 0), encoding.writeVarString(e, "x")))],
  ["an item with a neighbour in the future", crafted(975, 0, 1, (e) => (encoding.writeUint8(e, 0x44), big(e, 975), big(e, 9), encoding.writeVarString(e, "x")))],
  [
    "an item whose parent is a text's letter",
    crafted(976, 0, 2, (e) => {
      item(4, (e2) => encoding.writeVarString(e2, "abc"))(e);
      item(4, (e2) => encoding.writeVarString(e2, "x"), (e2) => [0, 976, 1].forEach((n) => big(e2, n)))(e);
    }),
  ],
  [
    "an item whose parent is garbage-collected",
    crafted(977, 0, 2, (e) => {
      encoding.writeUint8(e, 0);
      big(e, 3);
      item(4, (e2) => encoding.writeVarString(e2, "x"), (e2) => [0, 977, 1].forEach((n) => big(e2, n)))(e);
    }),
  ],
  ["the same struct twice", crafted(978, 0, 2, (e) => [0, 0].forEach(() => item(4, (e2) => encoding.writeVarString(e2, "x"))(e)))],
  ["a map entry in a text", crafted(979, 0, 1, (e) => (encoding.writeUint8(e, 0x24), big(e, 1), encoding.writeVarString(e, "t"), encoding.writeVarString(e, "key"), encoding.writeVarString(e, "x")))],
  ["a subdocument", crafted(980, 0, 1, item(9, (e) => (encoding.writeVarString(e, "guid"), encoding.writeUint8(e, 118), big(e, 0))))],
  ["a subdocument whose options are a number", crafted(981, 0, 1, item(9, (e) => (encoding.writeVarString(e, "guid"), encoding.writeUint8(e, 125), encoding.writeVarInt(e, 5))))],
  ["an Any of an unknown kind", crafted(982, 0, 1, any((e) => encoding.writeUint8(e, 3)))],
  ["a string that is no UTF-8", crafted(983, 0, 1, item(4, (e) => encoding.writeVarUint8Array(e, Uint8Array.of(0xff, 0xfe, 0xc0, 0x80))))],
  ["a string of lone surrogates", crafted(984, 0, 1, item(4, (e) => encoding.writeVarUint8Array(e, Uint8Array.of(0xed, 0xa0, 0x80))))],
  ["a text split inside a surrogate pair", splitSurrogate()],
  ["a parent's name of 500 KB", crafted(985, 0, 1, item(4, (e) => encoding.writeVarString(e, "x"), (e) => (big(e, 1), encoding.writeVarString(e, "n".repeat(500_000)))))],
  ["bytes after the end", bytes((e) => (encoding.writeUint8Array(e, splitSurrogate()), encoding.writeUint8Array(e, repeat(100, 7))))],
  ["nothing", new Uint8Array(0)],
  ["encoding v2", (() => { const doc = new Y.Doc(); doc.getText("t").insert(0, "v2"); return Y.encodeStateAsUpdateV2(doc); })()],
];

/** State vectors, each to be sent in a SyncStep1. */
export const STATE_VECTORS = [
  ["2^32-1 clients", bytes((e) => big(e, MAX_U32))],
  ["clocks of 2^53-1", bytes((e) => [1, 5, MAX_SAFE].forEach((n) => big(e, n)))],
  ["nothing", new Uint8Array(0)],
  ["one client a thousand times", bytes((e) => { big(e, 1000); for (let i = 0; i < 1000; i++) [7, i].forEach((n) => big(e, n)); })],
];
