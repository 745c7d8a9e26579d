/** The header that says how far the API's data has been seen. */
export const POSITION_HEADER = 'Meridian-Position';

/**
 * A position that nothing has moved for this long, in milliseconds, is forgotten: every healthy replica has it by then, and one of a database
 * that has been replaced by another would keep this client from all replicas for ever.
 */
const KEPT_MS = 10 * 60_000;

interface Seen {
  position: string;
  /** When it was first seen: milliseconds since 1970 on this machine's clock. */
  at: number;
}

/** The part of `localStorage` that is used. */
export type PositionStorage = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * The newest position that this browser has seen of one API. Sent with every call, it makes sure that nobody who has seen a change is shown
 * what was before it, whichever server answers. Kept in `localStorage` where there is one: over reloads, and for all tabs.
 */
export class Positions {
  readonly #key: string;
  readonly #storage: PositionStorage | undefined;
  /** What this tab knows itself: two tabs that write at once must not cost one of them its own. */
  #seen: Seen | null = null;

  constructor(base: string, storage: PositionStorage | undefined = browserStorage()) {
    this.#key = `meridian.position ${base}`;
    this.#storage = storage;
  }

  get(now = Date.now()): string | undefined {
    return this.#newest(now)?.position;
  }

  /** Takes note of an answer's header. */
  see(header: string | null, now = Date.now()): void {
    if (header === null || number(header) === null) return;
    const [known, seen] = [this.#newest(now), { position: header, at: now }];
    if (newer(known, seen) !== seen) return;
    this.#seen = seen;
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(seen));
    } catch {
      // Full or forbidden: this tab still knows.
    }
  }

  #newest(now: number): Seen | null {
    const live = (seen: Seen | null) => (seen !== null && Math.abs(now - seen.at) < KEPT_MS ? seen : null);
    return newer(live(this.#seen), live(this.#stored()));
  }

  #stored(): Seen | null {
    try {
      const { position, at } = JSON.parse(this.#storage?.getItem(this.#key) ?? '{}') as Partial<Seen>;
      return typeof position === 'string' && typeof at === 'number' && number(position) !== null ? { position, at } : null;
    } catch {
      return null;
    }
  }
}

/** The one that is further; of equals the first. */
function newer(a: Seen | null, b: Seen | null): Seen | null {
  if (a === null || b === null) return a ?? b;
  return number(b.position)! > number(a.position)! ? b : a;
}

/** Two hexadecimal halves of 32 bits as one number, or `null` for another text: as texts, `9/0` would come after `10/0`. */
function number(position: string): bigint | null {
  const [, high, low] = /^([0-9a-f]{1,8})\/([0-9a-f]{1,8})$/i.exec(position) ?? [];
  return high === undefined ? null : (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** A browser may forbid even to look. */
function browserStorage(): PositionStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
