import { describe, expect, test } from 'vitest';
import { decode, encode, type Message } from '../src/sync/messages.js';

const bytes = new Uint8Array([1, 2, 3]);

const MESSAGES: [Message, number[]][] = [
  [{ kind: 'step1', stateVector: bytes }, [0, 0, 3, 1, 2, 3]],
  [{ kind: 'step2', update: bytes }, [0, 1, 3, 1, 2, 3]],
  [{ kind: 'update', update: bytes }, [0, 2, 3, 1, 2, 3]],
  [{ kind: 'awareness', entries: [{ clientId: 5, clock: 300, state: null }] }, [1, 9, 1, 5, 172, 2, 4, 110, 117, 108, 108]],
  [{ kind: 'refused', reason: 'no' }, [2, 0, 2, 110, 111]],
  [{ kind: 'queryAwareness' }, [3]],
  [{ kind: 'saved', seq: 200, count: 2 }, [110, 200, 1, 2]],
  [{ kind: 'reauth', ticket: 'ab' }, [111, 2, 97, 98]],
  [{ kind: 'notice', notice: { code: 'x' } }, [112, 12, 123, 34, 99, 111, 100, 101, 34, 58, 34, 120, 34, 125]],
];

describe('messages', () => {
  test.each(MESSAGES)('%j has the bytes of the protocol', (message, expected) => {
    expect([...encode(message)]).toEqual(expected);
    expect(decode(new Uint8Array(expected))).toEqual(message);
  });

  test('an unknown type is skipped', () => {
    expect(decode(new Uint8Array([99, 1, 2]))).toBeNull();
  });

  test('a message that is cut short throws', () => {
    expect(() => decode(new Uint8Array([0, 2, 9, 1]))).toThrow();
  });
});
