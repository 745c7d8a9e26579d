import { applyAwarenessUpdate, type Awareness } from 'y-protocols/awareness';
import { encodeAwareness, type AwarenessEntry } from './messages.js';

/** At most 25 presence messages a second; the server takes 30. */
const INTERVAL_MS = 40;
/** Clients of other makes forget a person after 30 s without news. */
const RENEW_MS = 15_000;

interface AwarenessChange {
  added: number[];
  updated: number[];
  removed: number[];
}

/**
 * Moves presence between the awareness object and the socket. Only the own state is ever sent. The state of others
 * ends when the server says so: the own timeout of y-protocols would make people vanish whose tab is in the background.
 */
export class Presence {
  readonly #awareness: Awareness;
  readonly #send: (entries: AwarenessEntry[]) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;
  #lastSent = -Infinity;

  constructor(awareness: Awareness, send: (entries: AwarenessEntry[]) => void) {
    this.#awareness = awareness;
    this.#send = send;
    clearInterval(awareness._checkInterval as ReturnType<typeof setInterval>);
    awareness.on('update', this.#changed);
  }

  /** A connection is open: tell who is here, and keep telling. */
  start(): void {
    this.tell();
    this.#renewal = setInterval(() => this.#renew(), RENEW_MS);
  }

  /** The connection is gone: nobody else can be seen any more. */
  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    this.#timer = undefined;
    this.#forgetOthers();
  }

  destroy(): void {
    this.stop();
    this.#awareness.off('update', this.#changed);
  }

  /** News from the server. The own state comes back too, older than what is here: it must not overwrite. */
  receive(entries: readonly AwarenessEntry[]): void {
    const others = entries.filter((entry) => entry.clientId !== this.#awareness.clientID);
    if (others.length > 0) applyAwarenessUpdate(this.#awareness, encodeAwareness(others), this);
  }

  readonly #changed = ({ added, updated, removed }: AwarenessChange, origin: unknown) => {
    const own = this.#awareness.clientID;
    if (origin !== this && [added, updated, removed].some((ids) => ids.includes(own))) this.#schedule();
  };

  #schedule(): void {
    const wait = Math.max(0, this.#lastSent + INTERVAL_MS - Date.now());
    this.#timer ??= setTimeout(() => this.tell(), wait);
  }

  /** Sends the own state now. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastSent = Date.now();
    const clientId = this.#awareness.clientID;
    const clock = this.#awareness.meta.get(clientId)?.clock ?? 0;
    this.#send([{ clientId, clock, state: this.#awareness.getLocalState() }]);
  }

  #renew(): void {
    const state = this.#awareness.getLocalState();
    if (state !== null) this.#awareness.setLocalState(state);
  }

  /** Forgets the clocks as well: people who come back with the clock they had must be seen at once. */
  #forgetOthers(): void {
    const { states, meta, clientID } = this.#awareness;
    const removed = [...states.keys()].filter((id) => id !== clientID);
    removed.forEach((id) => states.delete(id));
    [...meta.keys()].filter((id) => id !== clientID).forEach((id) => meta.delete(id));
    if (removed.length === 0) return;
    const change = { added: [], updated: [], removed };
    this.#awareness.emit('change', [change, this]);
    this.#awareness.emit('update', [change, this]);
  }
}
