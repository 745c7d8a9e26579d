import { Backoff } from './backoff.js';
import { reactionTo } from './closeCodes.js';

/** The random wait before reconnecting to a node that restarts, unless it says how long. */
const RESTART_MS = 3_000;

/** Decides how long to wait before the next attempt to connect, in milliseconds. */
export class Retries {
  readonly #random: () => number;
  readonly #backoff: Backoff;
  #restartMs = RESTART_MS;

  constructor(random: () => number) {
    this.#random = random;
    this.#backoff = new Backoff(random);
  }

  /** After a failure; at least `floorMs`. */
  next(floorMs = 0): number {
    return this.#backoff.next(floorMs);
  }

  /** After a socket closed with this code. */
  afterClose(code: number): number {
    const reaction = reactionTo(code);
    const first = this.#backoff.attempts === 0;
    const backoff = this.#backoff.next(reaction.kind === 'wait' ? reaction.floorMs : 0);
    // Only once: a server that keeps saying so must not be asked in a tight circle.
    if (reaction.kind === 'again' && first) return 0;
    return code === 1012 ? Math.max(backoff, this.#random() * this.#restartMs) : backoff;
  }

  /** The node is about to restart and says how long that takes. */
  restarting(ms: unknown): void {
    this.#restartMs = typeof ms === 'number' ? ms : RESTART_MS;
  }

  /** A connection works: the next trouble starts from the beginning. */
  succeeded(): void {
    this.#backoff.reset();
    this.#restartMs = RESTART_MS;
  }
}
