import { expect, test } from 'vitest';
import type { Message } from '../src/sync/messages.js';
import { FakeSocket } from './support/fakeSocket.js';
import { pass, start, useFakeTime } from './support/setup.js';

useFakeTime();

function other(clock: number, state: Record<string, unknown> | null = { user: { name: 'Ben' } }): Message {
  return { kind: 'awareness', entries: [{ clientId: 7, clock, state }] };
}

test('own presence is told on open, and later states are merged', async () => {
  const provider = await start();
  provider.awareness.setLocalState({ at: 0 });
  FakeSocket.last.welcome();
  expect(FakeSocket.last.sentOf('awareness')).toHaveLength(1);
  for (let at = 1; at <= 100; at += 1) {
    provider.awareness.setLocalState({ at });
    await pass(10);
  }
  const sent = FakeSocket.last.sentOf('awareness');
  expect(sent.length).toBeLessThanOrEqual(27);
  await pass(50);
  expect(FakeSocket.last.sentOf('awareness').at(-1)!.entries[0]!.state).toEqual({ at: 100 });
});

test('only the own state is sent', async () => {
  const provider = await start();
  FakeSocket.last.welcome();
  FakeSocket.last.receive(other(1));
  await pass(100);
  const ids = FakeSocket.last.sentOf('awareness').flatMap(({ entries }) => entries.map(({ clientId }) => clientId));
  expect(new Set(ids)).toEqual(new Set([provider.awareness.clientID]));
});

test('the own state as it comes back does not overwrite what is here', async () => {
  const provider = await start();
  FakeSocket.last.welcome();
  const clientId = provider.awareness.clientID;
  provider.awareness.setLocalState({ at: 2 });
  FakeSocket.last.receive({ kind: 'awareness', entries: [{ clientId, clock: 99, state: { at: 1 } }] });
  expect(provider.awareness.getLocalState()).toEqual({ at: 2 });
});

test('others are seen as long as the server does not say otherwise', async () => {
  const provider = await start();
  FakeSocket.last.welcome();
  FakeSocket.last.receive(other(1));
  for (let at = 0; at < 5; at += 1) {
    await pass(25_000);
    FakeSocket.last.receive({ kind: 'awareness', entries: [] });
  }
  expect(provider.awareness.getStates().has(7)).toBe(true);
  FakeSocket.last.receive(other(2, null));
  expect(provider.awareness.getStates().has(7)).toBe(false);
});

test('others are gone while there is no connection, and back at once with the same clock', async () => {
  const provider = await start();
  FakeSocket.last.welcome();
  FakeSocket.last.receive(other(3));
  FakeSocket.last.closeWith(1006);
  expect(provider.awareness.getStates().has(7)).toBe(false);
  await pass(1_000);
  FakeSocket.last.welcome();
  FakeSocket.last.receive(other(3));
  expect(provider.awareness.getStates().has(7)).toBe(true);
});
