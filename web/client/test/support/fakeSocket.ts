import * as Y from 'yjs';
import type { Ticket } from '../../src/http/types.js';
import { decode, encode, type Message, type Notice } from '../../src/sync/messages.js';

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  readonly url: string;
  readonly protocols: string[];
  readyState = 0;
  binaryType = 'blob';
  sent: Message[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  send(bytes: Uint8Array): void {
    this.sent.push(decode(bytes)!);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(message: Message): void {
    this.onmessage?.({ data: encode(message).buffer });
  }

  notice(notice: Notice): void {
    this.receive({ kind: 'notice', notice });
  }

  /** The server accepts, and brings the client up to date with `doc`. */
  welcome(doc: Y.Doc = new Y.Doc(), more: Record<string, unknown> = {}): void {
    this.open();
    this.notice({ code: 'welcome', role: 'editor', seq: 0, ...more });
    this.receive({ kind: 'step1', stateVector: Y.encodeStateVector(doc) });
    this.receive({ kind: 'step2', update: Y.encodeStateAsUpdate(doc) });
  }

  confirm(count: number): void {
    this.receive({ kind: 'saved', seq: count, count });
  }

  closeWith(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  sentOf<K extends Message['kind']>(kind: K): Extract<Message, { kind: K }>[] {
    return this.sent.filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);
  }
}

export const FakeSocketClass = FakeSocket as unknown as typeof WebSocket;

let nextTicket = 1;

export function fakeTicket(): Ticket {
  return {
    url: 'ws://server/v1/sync',
    ticket: `t${nextTicket++}`,
    region: 'local',
    node: 'n1',
    role: 'editor',
    expires_at: '2030-01-01T00:00:00Z',
  };
}
