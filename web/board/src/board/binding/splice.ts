import { equal } from './equal';

/** Turns one list into another by replacing one stretch. */
export interface Splice<T> {
  at: number;
  remove: number;
  insert: T[];
}

/** The smallest single splice between two lists, or `null` when they are the same. Appending inserts the tail only. */
export function spliceBetween<T>(before: readonly T[], after: readonly T[]): Splice<T> | null {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && equal(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && equal(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  const remove = before.length - head - tail;
  const insert = after.slice(head, after.length - tail);
  return remove === 0 && insert.length === 0 ? null : { at: head, remove, insert };
}
