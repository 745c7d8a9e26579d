import { afterEach, beforeEach, vi } from 'vitest';
import * as Y from 'yjs';
import type { ProviderOptions } from '../../src/sync/options.js';
import { MeridianProvider } from '../../src/sync/provider.js';
import { FakeSocket, FakeSocketClass, fakeTicket } from './fakeSocket.js';

const opened: MeridianProvider[] = [];

/** Makes time stand still until the test moves it, and cleans up after each test. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
  });
  afterEach(() => {
    opened.splice(0).forEach((provider) => provider.destroy());
    vi.useRealTimers();
  });
}

/** A provider whose first ticket has arrived. Jitter is half of what it may be. */
export async function start(options: Partial<ProviderOptions> = {}): Promise<MeridianProvider> {
  const provider = new MeridianProvider(new Y.Doc(), {
    room: 'r1',
    ticket: () => Promise.resolve(fakeTicket()),
    WebSocket: FakeSocketClass,
    random: () => 0.5,
    ...options,
  });
  opened.push(provider);
  await pass(0);
  return provider;
}

export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

export function write(provider: MeridianProvider, value: number): void {
  provider.doc.getMap('m').set('k', value);
}
