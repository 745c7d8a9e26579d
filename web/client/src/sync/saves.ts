export type SaveState =
  /** Connected, and every change made here is in the room's durable log. */
  | 'saved'
  /** Connected; something made here is not durable yet. */
  | 'saving'
  /** Not connected: changes are kept here only. */
  | 'offline'
  /** Connected, but the server refused a change made here: it exists nowhere else. */
  | 'refused';

export interface SaveStatus {
  state: SaveState;
  /** How many local changes are not known to be durable. */
  unsaved: number;
}

/**
 * Keeps the books about what the server has confirmed. Document messages are counted from 1 on each connection; the
 * server says how many of them are settled. What was sent on a connection that broke counts as unsent again, because
 * the next connection starts with an exchange of everything that the server lacks.
 */
export class SaveBooks {
  /** Changes that no message of this connection carries yet. */
  #unsent = 0;
  /** How many changes each unsettled message carries; the first belongs to message number `#settled + 1`. */
  #inFlight: number[] = [];
  #sent = 0;
  #settled = 0;
  /** Changes of refused messages, by message number: they are settled, but not saved. */
  readonly #refused = new Map<number, number>();
  #connected = false;
  #synced = false;

  get status(): SaveStatus {
    return { state: this.#state(), unsaved: this.#unsaved() };
  }

  /** A local change was made. */
  changed(): void {
    this.#unsent += 1;
  }

  connected(): void {
    this.#connected = true;
  }

  /** The server's answer to our question has arrived: from here on both sides know the same. */
  synced(): void {
    this.#synced = true;
  }

  /** A document message left that carries everything changed so far. */
  sent(): void {
    this.#inFlight.push(this.#unsent);
    this.#unsent = 0;
    this.#sent += 1;
  }

  /** The server settled the first `count` messages of this connection. */
  confirmed(count: number): void {
    while (this.#settled < Math.min(count, this.#sent)) {
      this.#inFlight.shift();
      this.#settled += 1;
    }
  }

  /** The server did not accept message number `index`. */
  refused(index: number): void {
    const changes = this.#inFlight[index - this.#settled - 1];
    this.#refused.set(index, Math.max(1, changes ?? 1));
  }

  disconnected(): void {
    this.#unsent = this.#unsaved();
    this.#inFlight = [];
    this.#refused.clear();
    this.#sent = 0;
    this.#settled = 0;
    this.#connected = false;
    this.#synced = false;
  }

  #state(): SaveState {
    if (!this.#connected) return 'offline';
    if (this.#refused.size > 0) return 'refused';
    const settled = this.#sent > 0 && this.#settled === this.#sent && this.#unsent === 0;
    return this.#synced && settled ? 'saved' : 'saving';
  }

  #unsaved(): number {
    const inFlight = this.#inFlight.filter((_, at) => !this.#refused.has(this.#settled + at + 1));
    return [...inFlight, ...this.#refused.values()].reduce((sum, changes) => sum + changes, this.#unsent);
  }
}
