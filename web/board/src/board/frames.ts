/** A hidden tab gets no frames; its scene follows in this many milliseconds. */
const HIDDEN_MS = 250;

/** Runs work before the next frame, once for all requests in between. */
export class FrameScheduler {
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: (() => void) | null = null;

  readonly request = (work: () => void): void => {
    const waiting = this.#work !== null;
    this.#work = work;
    if (waiting) return;
    this.#frame = requestAnimationFrame(this.#run);
    this.#timer = setTimeout(this.#run, HIDDEN_MS);
  };

  cancel(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#work = null;
  }

  readonly #run = () => {
    const work = this.#work;
    this.cancel();
    work?.();
  };
}
