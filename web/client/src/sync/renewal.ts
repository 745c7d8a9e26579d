/** The longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Between two attempts to fetch a ticket for a connection whose right is about to end. */
const RETRY_MS = 5_000;

/** Keeps the right of a live connection from ending: fetches a fresh ticket ahead of time and hands it over. */
export class Renewal {
  readonly #renew: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  /** `renew` fetches a ticket and sends it; it rejects when that did not work. */
  constructor(renew: () => Promise<void>) {
    this.#renew = renew;
  }

  /** Plans the renewal for a right that ends at this time (RFC 3339): a fifth of the time before, at most a minute. */
  plan(expiresAt: unknown, now = Date.now()): void {
    const left = typeof expiresAt === 'string' ? Date.parse(expiresAt) - now : NaN;
    if (Number.isNaN(left)) return;
    this.#after(left - Math.min(60_000, left / 5));
  }

  /** The server says that it is time. */
  async now(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      await this.#renew();
    } catch {
      // The server closes with 4401 when all attempts fail, and the reconnect then finds out why.
      this.#after(RETRY_MS);
    } finally {
      this.#running = false;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #after(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.now(), Math.min(Math.max(ms, 1_000), MAX_TIMER_MS));
  }
}
