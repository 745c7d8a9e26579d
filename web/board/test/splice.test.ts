import { describe, expect, test } from 'vitest';
import { equal } from '../src/board/binding/equal';
import { spliceBetween, type Splice } from '../src/board/binding/splice';
import { seeded } from './support/fakeScene';

function applied<T>(list: T[], splice: Splice<T> | null): T[] {
  return splice ? list.toSpliced(splice.at, splice.remove, ...splice.insert) : list;
}

describe('spliceBetween', () => {
  test('an appended point inserts only that point', () => {
    expect(spliceBetween([[0, 0], [1, 1]], [[0, 0], [1, 1], [2, 3]])).toEqual({ at: 2, remove: 0, insert: [[2, 3]] });
  });

  test('equal lists need nothing', () => {
    expect(spliceBetween([[0, 0]], [[0, 0]])).toBeNull();
  });

  test('a moved end replaces only the end', () => {
    expect(spliceBetween([[0, 0], [5, 5]], [[0, 0], [6, 5]])).toEqual({ at: 1, remove: 1, insert: [[6, 5]] });
  });

  test('leads from any list to any other', () => {
    const random = seeded(7);
    const list = () => Array.from({ length: Math.floor(random() * 8) }, () => Math.floor(random() * 3));
    for (let round = 0; round < 500; round += 1) {
      const [before, after] = [list(), list()];
      expect(applied(before, spliceBetween(before, after))).toEqual(after);
    }
  });
});

describe('equal', () => {
  test('sees through nesting', () => {
    expect(equal({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(equal({ a: [1, { b: null }] }, { a: [1, { b: 0 }] })).toBe(false);
    expect(equal([1], { 0: 1 })).toBe(false);
    expect(equal(null, {})).toBe(false);
  });
});
