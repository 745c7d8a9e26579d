import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';

/**
 * The messages of a room's socket, one per frame. 0–3 are y-websocket's; 110–112 are Meridian's own and are spoken
 * because the client offers the subprotocol `meridian.v1`.
 */
export type Message =
  | { kind: 'step1'; stateVector: Uint8Array }
  | { kind: 'step2'; update: Uint8Array }
  | { kind: 'update'; update: Uint8Array }
  | { kind: 'awareness'; entries: AwarenessEntry[] }
  | { kind: 'refused'; reason: string }
  | { kind: 'queryAwareness' }
  | { kind: 'saved'; seq: number; count: number }
  | { kind: 'reauth'; ticket: string }
  | { kind: 'notice'; notice: Notice };

export interface AwarenessEntry {
  clientId: number;
  clock: number;
  /** `null`: gone. */
  state: Record<string, unknown> | null;
}

/** What the server has to say; which further fields there are depends on `code`. */
export interface Notice {
  code: string;
  message?: string;
  [field: string]: unknown;
}

const SYNC = 0;
const AWARENESS = 1;
const AUTH = 2;
const QUERY_AWARENESS = 3;
const SAVED = 110;
const REAUTH = 111;
const NOTICE = 112;
const STEP1 = 0;
const STEP2 = 1;
const UPDATE = 2;

export function encode(message: Message): Uint8Array<ArrayBuffer> {
  const out = encoding.createEncoder();
  const tags = (...values: number[]) => values.forEach((value) => encoding.writeVarUint(out, value));
  switch (message.kind) {
    case 'step1':
      tags(SYNC, STEP1);
      encoding.writeVarUint8Array(out, message.stateVector);
      break;
    case 'step2':
    case 'update':
      tags(SYNC, message.kind === 'step2' ? STEP2 : UPDATE);
      encoding.writeVarUint8Array(out, message.update);
      break;
    case 'awareness':
      tags(AWARENESS);
      encoding.writeVarUint8Array(out, encodeAwareness(message.entries));
      break;
    case 'refused':
      tags(AUTH, 0);
      encoding.writeVarString(out, message.reason);
      break;
    case 'queryAwareness':
      tags(QUERY_AWARENESS);
      break;
    case 'saved':
      tags(SAVED, message.seq, message.count);
      break;
    case 'reauth':
      tags(REAUTH);
      encoding.writeVarString(out, message.ticket);
      break;
    case 'notice':
      tags(NOTICE);
      encoding.writeVarString(out, JSON.stringify(message.notice));
  }
  return encoding.toUint8Array(out) as Uint8Array<ArrayBuffer>;
}

/** Reads one frame. `null`: a type that this version does not know. Throws when the frame is cut short or not valid. */
export function decode(frame: Uint8Array): Message | null {
  const from = decoding.createDecoder(frame);
  switch (decoding.readVarUint(from)) {
    case SYNC:
      return decodeSync(from);
    case AWARENESS:
      return { kind: 'awareness', entries: decodeAwareness(decoding.readVarUint8Array(from)) };
    case AUTH:
      decoding.readVarUint(from);
      return { kind: 'refused', reason: decoding.readVarString(from) };
    case QUERY_AWARENESS:
      return { kind: 'queryAwareness' };
    case SAVED:
      return { kind: 'saved', seq: decoding.readVarUint(from), count: decoding.readVarUint(from) };
    case REAUTH:
      return { kind: 'reauth', ticket: decoding.readVarString(from) };
    case NOTICE:
      return { kind: 'notice', notice: JSON.parse(decoding.readVarString(from)) as Notice };
    default:
      return null;
  }
}

function decodeSync(from: decoding.Decoder): Message | null {
  const tag = decoding.readVarUint(from);
  const body = decoding.readVarUint8Array(from);
  if (tag === STEP1) return { kind: 'step1', stateVector: body };
  if (tag === STEP2) return { kind: 'step2', update: body };
  return tag === UPDATE ? { kind: 'update', update: body } : null;
}

/** The inner encoding of y-protocols' awareness updates. */
export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  const out = encoding.createEncoder();
  encoding.writeVarUint(out, entries.length);
  for (const { clientId, clock, state } of entries) {
    encoding.writeVarUint(out, clientId);
    encoding.writeVarUint(out, clock);
    encoding.writeVarString(out, JSON.stringify(state));
  }
  return encoding.toUint8Array(out);
}

function decodeAwareness(bytes: Uint8Array): AwarenessEntry[] {
  const from = decoding.createDecoder(bytes);
  const count = decoding.readVarUint(from);
  return Array.from({ length: count }, () => ({
    clientId: decoding.readVarUint(from),
    clock: decoding.readVarUint(from),
    state: JSON.parse(decoding.readVarString(from)) as AwarenessEntry['state'],
  }));
}
