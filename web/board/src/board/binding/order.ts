import type { SceneElement } from './elements';

/** Back to front, by fractional index. Equal indices (drawn at the same moment) are ordered by id: the same everywhere. */
export function inOrder<E extends SceneElement>(elements: Iterable<E>): E[] {
  return [...elements].sort((a, b) => compare(a.index ?? '', b.index ?? '') || compare(a.id, b.id));
}

/** By code units, as fractional indices are made; a locale's order would differ between people. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
