import { describe, expect, test } from 'vitest';
import { SaveBooks } from '../src/sync/saves.js';

function connected(): SaveBooks {
  const books = new SaveBooks();
  books.connected();
  books.sent();
  books.synced();
  books.confirmed(1);
  return books;
}

describe('SaveBooks', () => {
  test('nothing is saved before both sides know the same', () => {
    const books = new SaveBooks();
    expect(books.status.state).toBe('offline');
    books.connected();
    expect(books.status.state).toBe('saving');
    books.sent();
    books.confirmed(1);
    expect(books.status.state).toBe('saving');
    books.synced();
    expect(books.status.state).toBe('saved');
  });

  test('a change is unsaved until its own message is confirmed', () => {
    const books = connected();
    books.changed();
    books.changed();
    expect(books.status).toEqual({ state: 'saving', unsaved: 2 });
    books.sent();
    books.confirmed(1);
    expect(books.status).toEqual({ state: 'saving', unsaved: 2 });
    books.confirmed(2);
    expect(books.status).toEqual({ state: 'saved', unsaved: 0 });
  });

  test('a confirmation of what was never sent confirms nothing', () => {
    const books = connected();
    books.changed();
    books.confirmed(9);
    books.sent();
    expect(books.status).toEqual({ state: 'saving', unsaved: 1 });
  });

  test('what was under way when the connection broke is unsaved again', () => {
    const books = connected();
    books.changed();
    books.sent();
    books.changed();
    books.disconnected();
    expect(books.status).toEqual({ state: 'offline', unsaved: 2 });
    books.connected();
    books.synced();
    books.sent();
    expect(books.status).toEqual({ state: 'saving', unsaved: 2 });
    books.confirmed(1);
    expect(books.status).toEqual({ state: 'saved', unsaved: 0 });
  });

  test.each([
    ['before', (books: SaveBooks) => (books.refused(2), books.confirmed(2))],
    ['after', (books: SaveBooks) => (books.confirmed(2), books.refused(2))],
  ])('a refused change stays unsaved when the notice comes %s the confirmation', (_, settle) => {
    const books = connected();
    books.changed();
    books.sent();
    settle(books);
    expect(books.status).toEqual({ state: 'refused', unsaved: 1 });
  });
});
