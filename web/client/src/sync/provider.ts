import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { ApiError } from '../http/errors.js';
import type { Role, Ticket } from '../http/types.js';
import { UpdateBatcher } from './batcher.js';
import { ConnectionFailed, reactionTo, type FailureReason } from './closeCodes.js';
import { Emitter } from './emitter.js';
import type { Message, Notice } from './messages.js';
import type { ProviderEvents, ProviderOptions, Status } from './options.js';
import { Presence } from './presence.js';
import { Renewal } from './renewal.js';
import { SaveBooks, type SaveStatus } from './saves.js';
import { Retries } from './retries.js';
import { RoomSocket } from './socket.js';

/** Up to here a change may travel as an Update; larger ones go as a SyncStep2, which may be 16 MiB. */
const UPDATE_LIMIT_BYTES = 1024 * 1024;
/** Refusals that may not be repeated when everything is sent again a little later, and how much later at most. */
const PASSING_REFUSALS = new Set(['stalled', 'too_much_pending']);
const RESYNC_MS = 20_000;
const RESUMED_MS = 2_000;

/** Keeps a Y.Doc and its presence in step with a room, through every loss of the connection. */
export class MeridianProvider extends Emitter<ProviderEvents> {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly #options: ProviderOptions;
  readonly #random: () => number;
  readonly #retries: Retries;
  readonly #batcher: UpdateBatcher;
  readonly #books = new SaveBooks();
  readonly #presence: Presence;
  readonly #renewal: Renewal;
  #socket: RoomSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #resync: ReturnType<typeof setTimeout> | undefined;
  /** Grows with every attempt, so that the answer to an abandoned attempt is recognised. */
  #attempt = 0;
  #status: Status = 'disconnected';
  #synced = false;
  /** Whether the server has got all local changes on this connection, so that single updates may follow. */
  #greeted = false;
  #wanted = false;
  #role: Role | null = null;
  #lastSave: SaveStatus = this.#books.status;

  constructor(doc: Y.Doc, options: ProviderOptions) {
    super();
    this.doc = doc;
    this.awareness = options.awareness ?? new Awareness(doc);
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#retries = new Retries(this.#random);
    this.#batcher = new UpdateBatcher((update) => this.#sendUpdate(update), options.batchMs ?? 25);
    this.#presence = new Presence(this.awareness, (entries) => this.#socket?.send({ kind: 'awareness', entries }));
    this.#renewal = new Renewal(() => this.#reauthenticate());
    doc.on('update', this.#docChanged);
    doc.on('destroy', this.destroy);
    globalThis.addEventListener?.('online', this.#online);
    globalThis.addEventListener?.('offline', this.#offline);
    globalThis.addEventListener?.('pagehide', this.flush);
    if (options.connect !== false) this.connect();
  }

  get status(): Status {
    return this.#status;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get save(): SaveStatus {
    return this.#books.status;
  }

  /** What the person may do here; `null` before the first connection. */
  get role(): Role | null {
    return this.#role;
  }

  /** Connects and stays connected; also the way back after `failed`. */
  connect(): void {
    this.#wanted = true;
    if (this.#status === 'connected' || this.#status === 'connecting') return;
    void this.#open();
  }

  /** Closes the connection and stays away until `connect`. */
  disconnect(): void {
    this.#wanted = false;
    this.#drop();
    this.#setStatus('disconnected');
  }

  /** Starts the exchange anew, so that the server gets everything that it lacks: after it refused changes. */
  resync(): void {
    this.disconnect();
    this.connect();
  }

  /** Sends what is being gathered now rather than in a few milliseconds. */
  readonly flush = (): void => this.#batcher.flush();

  readonly destroy = (): void => {
    this.disconnect();
    this.#presence.destroy();
    this.doc.off('update', this.#docChanged);
    this.doc.off('destroy', this.destroy);
    globalThis.removeEventListener?.('online', this.#online);
    globalThis.removeEventListener?.('offline', this.#offline);
    globalThis.removeEventListener?.('pagehide', this.flush);
  };

  // — connecting —

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    this.#setStatus('connecting');
    const attempt = ++this.#attempt;
    try {
      const ticket = await this.#options.ticket();
      if (attempt === this.#attempt) this.#openSocket(ticket);
    } catch (error) {
      if (attempt === this.#attempt) this.#ticketRefused(error);
    }
  }

  #openSocket(ticket: Ticket): void {
    this.#socket = new RoomSocket(
      `${ticket.url}/${encodeURIComponent(this.#options.room)}`,
      ticket.ticket,
      {
        open: () => this.#opened(),
        message: (message) => this.#received(message),
        close: (code, reason) => this.#closed(code, reason),
      },
      this.#options.WebSocket ?? WebSocket,
    );
  }

  #ticketRefused(error: unknown): void {
    if (!(error instanceof ApiError)) return this.#connectIn(this.#retries.next());
    const reason = REFUSALS[error.status];
    if (reason) this.#fail(new ConnectionFailed(reason, error.status, error.message));
    else this.#connectIn(this.#retries.next((error.retryAfter ?? 0) * 1000));
  }

  #opened(): void {
    this.#socket?.send({ kind: 'step1', stateVector: Y.encodeStateVector(this.doc) });
    this.#presence.start();
  }

  #closed(code: number, reason: string): void {
    this.#drop();
    const reaction = reactionTo(code);
    if (reaction.kind === 'stop') return this.#fail(new ConnectionFailed(reaction.reason, code, reason));
    this.#connectIn(this.#retries.afterClose(code));
  }

  #connectIn(ms: number): void {
    this.#setStatus('disconnected');
    clearTimeout(this.#retry);
    if (this.#wanted) this.#retry = setTimeout(() => void this.#open(), ms);
  }

  #fail(error: ConnectionFailed): void {
    this.#wanted = false;
    this.#drop();
    this.#setStatus('failed');
    this.emit('failed', error);
  }

  /** Takes down the connection, or the attempt at one. */
  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#resync);
    this.#attempt += 1;
    this.#batcher.flush();
    this.#socket?.close();
    this.#socket = null;
    this.#greeted = false;
    this.#renewal.stop();
    this.#presence.stop();
    this.#books.disconnected();
    this.#setSynced(false);
    this.#saveChanged();
  }

  readonly #online = () => {
    if (this.#wanted && this.#status === 'disconnected') void this.#open();
  };

  /** A socket does not notice the lost network for a long time; the browser does. */
  readonly #offline = () => {
    if (!this.#wanted) return;
    this.#drop();
    this.#connectIn(this.#retries.next());
  };

  async #reauthenticate(): Promise<void> {
    const attempt = this.#attempt;
    const { ticket } = await this.#options.ticket();
    if (attempt === this.#attempt) this.#socket?.send({ kind: 'reauth', ticket });
  }

  // — what arrives —

  #received(message: Message): void {
    this.#accepted();
    switch (message.kind) {
      case 'step1':
        return this.#sendMissing(message.stateVector);
      case 'step2':
        Y.applyUpdate(this.doc, message.update, this);
        return this.#caughtUp();
      case 'update':
        return Y.applyUpdate(this.doc, message.update, this);
      case 'awareness':
        return this.#presence.receive(message.entries);
      case 'saved':
        this.#books.confirmed(message.count);
        return this.#saveChanged();
      case 'notice':
        return this.#noticed(message.notice);
    }
  }

  /** A refused connection opens and closes without a word, so only the first message proves that this one is live. */
  #accepted(): void {
    if (this.#status === 'connected') return;
    this.#books.connected();
    this.#setStatus('connected');
    this.#saveChanged();
  }

  #caughtUp(): void {
    this.#retries.succeeded();
    this.#books.synced();
    this.#setSynced(true);
    this.#saveChanged();
  }

  #noticed(notice: Notice): void {
    if (notice.code === 'welcome' || notice.code === 'reauthenticated') {
      this.#renewal.plan(notice['expires_at']);
      this.#setRole(notice['role'] as Role);
    }
    // Who was hidden may be seen now, e.g. because the room shows its viewers again.
    if (notice.code === 'reauthenticated') this.#presence.tell();
    if (notice.code === 'expiring') void this.#renewal.now();
    if (notice.code === 'restarting') this.#retries.restarting(notice['retry_after_ms']);
    if (notice.code === 'refused') this.#refused(notice);
    this.emit('notice', notice);
    if (notice.code === 'resumed' && this.save.state === 'refused') this.#resyncWithin(RESUMED_MS);
  }

  #refused(notice: Notice): void {
    const index = typeof notice['index'] === 'number' ? notice['index'] : undefined;
    if (index !== undefined) this.#books.refused(index);
    if (PASSING_REFUSALS.has(String(notice['reason']))) this.#resyncWithin(RESYNC_MS);
    this.#saveChanged();
    this.emit('refused', { reason: String(notice['reason']), index });
  }

  /** At a random moment, because what went wrong went wrong for many. */
  #resyncWithin(ms: number): void {
    clearTimeout(this.#resync);
    this.#resync = setTimeout(() => this.resync(), this.#random() * ms);
  }

  // — what leaves —

  readonly #docChanged = (update: Uint8Array, origin: unknown) => {
    if (origin === this) return;
    this.#books.changed();
    if (this.#greeted) this.#batcher.add(update);
    this.#saveChanged();
  };

  /** Answers with everything that the server lacks, which covers the updates being gathered. */
  #sendMissing(stateVector: Uint8Array): void {
    this.#batcher.clear();
    this.#greeted = true;
    this.#sendDocument('step2', Y.encodeStateAsUpdate(this.doc, stateVector));
  }

  #sendUpdate(update: Uint8Array): void {
    this.#sendDocument(update.byteLength > UPDATE_LIMIT_BYTES ? 'step2' : 'update', update);
  }

  #sendDocument(kind: 'step2' | 'update', update: Uint8Array): void {
    this.#books.sent();
    this.#socket?.send({ kind, update });
    this.#saveChanged();
  }

  // — what listeners hear —

  #setStatus(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit('status', status);
  }

  #setSynced(synced: boolean): void {
    if (this.#synced === synced) return;
    this.#synced = synced;
    this.emit('synced', synced);
  }

  #setRole(role: Role): void {
    if (this.#role === role) return;
    this.#role = role;
    this.emit('role', role);
  }

  #saveChanged(): void {
    const save = this.#books.status;
    if (save.state === this.#lastSave.state && save.unsaved === this.#lastSave.unsaved) return;
    this.#lastSave = save;
    this.emit('save', save);
  }
}

/** Answers of the ticket call that trying again will not change. */
const REFUSALS: Record<number, FailureReason> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
};
