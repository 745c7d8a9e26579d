/** Full jitter: any time between zero and a ceiling that doubles, so that many clients do not come back together. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number = Math.random, firstMs = 250, maxMs = 15_000) {
    this.#random = random;
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in milliseconds, never below `floorMs`. */
  next(floorMs = 0): number {
    const ceiling = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return floorMs + this.#random() * ceiling;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
