import * as Y from 'yjs';

/** Gathers the updates of a short while into one, so that a gesture does not become hundreds of messages. */
export class UpdateBatcher {
  readonly #send: (update: Uint8Array) => void;
  readonly #intervalMs: number;
  #updates: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (update: Uint8Array) => void, intervalMs: number) {
    this.#send = send;
    this.#intervalMs = intervalMs;
  }

  add(update: Uint8Array): void {
    this.#updates.push(update);
    this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs);
  }

  /** Sends what is there now. */
  flush(): void {
    const updates = this.#updates;
    this.clear();
    if (updates.length > 0) this.#send(updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates));
  }

  /** Drops what is there: something else carries it. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#updates = [];
  }
}
