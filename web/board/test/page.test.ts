import { describe, expect, test } from 'vitest';
import { pathAfterSignIn, routeOf, signInPath } from '../src/app/router';
import { wordsForNotice } from '../src/board/notices';
import { collaboratorsOf, peopleOf, type PresenceState } from '../src/board/presence';
import { wordsFor } from '../src/board/SaveState';
import { initialsOf } from '../src/ui/Avatar';
import { colourOf } from '../src/ui/colour';

describe('routes', () => {
  test.each([
    ['/', { page: 'rooms' }],
    ['/rooms', { page: 'rooms' }],
    ['/rooms/r1', { page: 'board', room: 'r1' }],
    ['/invite/a%2Fb', { page: 'invite', code: 'a/b' }],
    ['/signup', { page: 'signup' }],
    ['/rooms/r1/x', { page: 'unknown' }],
    ['/what', { page: 'unknown' }],
  ])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

  test('signing in leads back to where one was', () => {
    const path = signInPath('/invite/abc');
    expect(pathAfterSignIn(path.slice(path.indexOf('?')))).toBe('/invite/abc');
    expect(signInPath('/rooms')).toBe('/signin');
  });

  test.each(['?next=https://evil.example', '?next=//evil.example', '?next=/\\evil.example', ''])(
    'signing in never leads to another site: %s',
    (search) => expect(pathAfterSignIn(search)).toBe('/rooms'),
  );
});

describe('presence', () => {
  const states = new Map<number, PresenceState>([
    [1, { user: { id: 'me', name: 'Ann', role: 'owner' } }],
    [2, { user: { id: 'b', name: 'Ben', role: 'viewer' }, pointer: { x: 1, y: 2, tool: 'pointer' }, button: 'up' }],
    [3, { user: { id: 'b', name: 'Ben', role: 'viewer' } }],
  ]);

  test('a person with two windows is here once, and I come first', () => {
    const people = peopleOf(states, { id: 'me', name: 'Ann' });
    expect(people.map(({ id, isMe }) => [id, isMe])).toEqual([['me', true], ['b', false]]);
  });

  test('each window of others has its own cursor, with the name that the server stamped', () => {
    const others = [...collaboratorsOf(states, 1).values()];
    expect(others.map(({ username, pointer }) => [username, pointer?.x])).toEqual([['Ben', 1], ['Ben', undefined]]);
  });

  test('colours follow from the id', () => {
    expect(colourOf('a')).toBe(colourOf('a'));
    expect(colourOf('a')).not.toBe(colourOf('b'));
  });

  test.each([['Ann Maria Aster', 'AA'], ['ben', 'B'], ['  ', '?'], ['é x', 'ÉX']])('initials of %j', (name, initials) =>
    expect(initialsOf(name)).toBe(initials),
  );
});

describe('words', () => {
  test('the save state never says saved for what is not', () => {
    expect(wordsFor('connected', { state: 'saved', unsaved: 0 }).label).toBe('Saved');
    expect(wordsFor('connected', { state: 'saving', unsaved: 1 }).label).toBe('Saving…');
    expect(wordsFor('connecting', { state: 'offline', unsaved: 0 }).label).toBe('Connecting…');
    expect(wordsFor('connecting', { state: 'offline', unsaved: 2 }).label).toMatch(/^Offline/);
    expect(wordsFor('connected', { state: 'refused', unsaved: 2 }).detail).toMatch(/2 changes/);
  });

  test('notices that concern the person are told, the others not', () => {
    expect(wordsForNotice({ code: 'welcome' })).toBeNull();
    expect(wordsForNotice({ code: 'refused', reason: 'presence_too_large' })).toBeNull();
    expect(wordsForNotice({ code: 'refused', reason: 'document_full' })?.tone).toBe('error');
    expect(wordsForNotice({ code: 'refused', reason: 'new_reason' })?.text).toBeTruthy();
  });
});
