// Waiting for facts. Nothing in these suites sleeps for a fixed time and hopes.
import { setTimeout as pause } from "node:timers/promises";

/** Waits until `fact()` is truthy and returns its value; fails with what was awaited. */
export async function until(fact, what, timeout = 10_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const value = await fact();
    if (value) return value;
    if (Date.now() > end) throw new Error(`after ${timeout} ms still waiting for: ${typeof what === "function" ? what() : what}`);
    await pause(5);
  }
}

/** The promise's value, or a failure that says what did not come in time. */
export async function within(promise, what, timeout = 10_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${timeout} ms still waiting for: ${what}`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Observes that something stays false for a while: for promises of the kind "nothing is sent". */
export async function never(fact, what, during) {
  const end = Date.now() + during;
  while (Date.now() < end) {
    if (await fact()) throw new Error(`must not happen: ${what}`);
    await pause(10);
  }
}

export { pause };
