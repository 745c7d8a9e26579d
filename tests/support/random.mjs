// Random choices that can be repeated: every failure prints its seed.

/** mulberry32: numbers in [0, 1) from a seed. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    next,
    below,
    between: (from, to) => from + below(to - from),
    pick: (list) => list[below(list.length)],
    bytes: (n) => Uint8Array.from({ length: n }, () => below(256)),
  };
}

/** The seed of this run: MERIDIAN_TEST_SEED, or the time. */
export const SEED = Number(process.env.MERIDIAN_TEST_SEED ?? Date.now() % 1_000_000);
export const SLOW = Boolean(process.env.MERIDIAN_TEST_SLOW);
