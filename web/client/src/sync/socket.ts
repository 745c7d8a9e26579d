import { decode, encode, type Message } from './messages.js';

/** The server says something at least every 25 s; a link that is silent for longer than this is dead. */
const SILENCE_MS = 60_000;
/** How long opening may take. */
const OPENING_MS = 15_000;

/** The `code` of a closing that the socket itself did not report: silence, a failed opening, a broken frame. */
export const LOST = 0;

export interface SocketHandlers {
  open(): void;
  message(message: Message): void;
  /** Called once, after which nothing else is called. */
  close(code: number, reason: string): void;
}

/** One connection to a room: frames in and out, and the watch over a link that has gone silent. */
export class RoomSocket {
  readonly #socket: WebSocket;
  readonly #handlers: SocketHandlers;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(url: string, ticket: string, handlers: SocketHandlers, WebSocketClass: typeof WebSocket) {
    this.#handlers = handlers;
    this.#socket = new WebSocketClass(url, ['meridian.v1', `ticket.${ticket}`]);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.#received(event.data);
    this.#socket.onclose = (event) => this.#end(event.code, event.reason);
    this.#watchFor(OPENING_MS);
  }

  send(message: Message): void {
    if (!this.#over && this.#socket.readyState === 1) this.#socket.send(encode(message));
  }

  /** Closes without telling the handlers. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#watch);
    this.#socket.close();
  }

  #opened(): void {
    if (this.#over) return;
    this.#watchFor(SILENCE_MS);
    this.#handlers.open();
  }

  #received(data: ArrayBuffer): void {
    if (this.#over) return;
    this.#watchFor(SILENCE_MS);
    try {
      const message = decode(new Uint8Array(data));
      if (message) this.#handlers.message(message);
    } catch (error) {
      // Skipping a frame could leave this copy different from the others' without anybody noticing.
      this.#end(LOST, `unreadable message: ${String(error)}`);
    }
  }

  #watchFor(ms: number): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#end(LOST, 'silence'), ms);
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.close();
    this.#handlers.close(code, reason);
  }
}
