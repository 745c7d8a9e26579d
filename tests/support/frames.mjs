// The bytes of docs/PROTOCOL.md, both ways.
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

/** Bytes written by lib0. */
export function bytes(write) {
  const encoder = encoding.createEncoder();
  write(encoder);
  return encoding.toUint8Array(encoder);
}

const sync = (kind, payload) =>
  bytes((e) => {
    encoding.writeVarUint(e, 0);
    encoding.writeVarUint(e, kind);
    encoding.writeVarUint8Array(e, payload);
  });

export const step1 = (stateVector) => sync(0, stateVector);
export const step2 = (update) => sync(1, update);
export const update = (payload) => sync(2, payload);
export const queryAwareness = () => Uint8Array.of(3);
export const reauth = (ticket) =>
  bytes((e) => {
    encoding.writeVarUint(e, 111);
    encoding.writeVarString(e, ticket);
  });

/** `entries`: `[{client, clock, state}]`; a string state is sent as it is. */
export const awareness = (...entries) =>
  bytes((e) => {
    encoding.writeVarUint(e, 1);
    encoding.writeVarUint8Array(
      e,
      bytes((inner) => {
        encoding.writeVarUint(inner, entries.length);
        for (const { client, clock, state } of entries) {
          encoding.writeVarUint(inner, client);
          encoding.writeVarUint(inner, clock);
          encoding.writeVarString(inner, typeof state === "string" ? state : JSON.stringify(state));
        }
      }),
    );
  });

const KINDS = ["step1", "step2", "update"];

/** A frame from the server. */
export function decode(frame) {
  const d = decoding.createDecoder(frame);
  const tag = decoding.readVarUint(d);
  switch (tag) {
    case 0:
      return { kind: KINDS[decoding.readVarUint(d)], payload: decoding.readVarUint8Array(d) };
    case 1:
      return { kind: "awareness", entries: entriesOf(decoding.readVarUint8Array(d)) };
    case 2:
      return { kind: "denied", sub: decoding.readVarUint(d), reason: decoding.readVarString(d) };
    case 110:
      return { kind: "saved", seq: decoding.readVarUint(d), count: decoding.readVarUint(d) };
    case 112:
      return { kind: "notice", ...noticeOf(decoding.readVarString(d)) };
    default:
      return { kind: `unknown ${tag}` };
  }
}

function noticeOf(json) {
  return { notice: JSON.parse(json) };
}

function entriesOf(payload) {
  const d = decoding.createDecoder(payload);
  return Array.from({ length: decoding.readVarUint(d) }, () => ({
    client: decoding.readVarUint(d),
    clock: decoding.readVarUint(d),
    state: JSON.parse(decoding.readVarString(d)),
  }));
}
