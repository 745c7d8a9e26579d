import { describe, expect, test, vi } from 'vitest';
import { ApiError } from '../src/http/errors.js';
import { Backoff } from '../src/sync/backoff.js';
import type { ConnectionFailed } from '../src/sync/closeCodes.js';
import { FakeSocket, fakeTicket } from './support/fakeSocket.js';
import { pass, start, useFakeTime } from './support/setup.js';

useFakeTime();

test('the wait grows, is random over its whole length, and has an end', () => {
  const longest = new Backoff(() => 1);
  const waits = Array.from({ length: 10 }, () => longest.next());
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000]);
  expect(new Backoff(() => 0).next()).toBe(0);
});

describe('after a close', () => {
  test.each([
    [4400, 'malformed'],
    [4403, 'forbidden'],
    [4404, 'not_found'],
    [4413, 'too_large'],
  ])('%i stops for good', async (code, reason) => {
    const provider = await start();
    let failure: ConnectionFailed | undefined;
    provider.on('failed', (error) => (failure = error));
    FakeSocket.last.open();
    FakeSocket.last.closeWith(code);
    await pass(60_000);
    expect(provider.status).toBe('failed');
    expect(failure).toMatchObject({ reason, code });
    expect(FakeSocket.all).toHaveLength(1);
  });

  test.each([4401, 4409])('%i asks for a new ticket at once', async (code) => {
    await start();
    FakeSocket.last.welcome();
    const first = FakeSocket.last.protocols[1];
    FakeSocket.last.closeWith(code);
    await pass(0);
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.protocols[1]).not.toBe(first);
  });

  test('4401 again and again does not become a storm', async () => {
    await start();
    for (let round = 0; round < 8; round += 1) {
      FakeSocket.last.closeWith(4401);
      await pass(0);
    }
    expect(FakeSocket.all).toHaveLength(2);
  });

  test.each([1013, 4429])('%i waits at least two seconds', async (code) => {
    await start();
    FakeSocket.last.welcome();
    FakeSocket.last.closeWith(code);
    await pass(1_999);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(2_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('1012 waits a random part of what the server said', async () => {
    await start();
    FakeSocket.last.welcome();
    FakeSocket.last.notice({ code: 'restarting', retry_after_ms: 8_000 });
    FakeSocket.last.closeWith(1012);
    await pass(3_999);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(2);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('a successful connection starts the waits from the beginning', async () => {
    const provider = await start();
    for (let round = 0; round < 6; round += 1) {
      FakeSocket.last.closeWith(1006);
      await pass(15_000);
    }
    FakeSocket.last.welcome();
    const before = FakeSocket.all.length;
    FakeSocket.last.closeWith(1006);
    expect(provider.status).toBe('disconnected');
    await pass(130);
    expect(FakeSocket.all).toHaveLength(before + 1);
  });
});

test('a link that says nothing for a minute is given up', async () => {
  const provider = await start();
  FakeSocket.last.welcome();
  await pass(59_000);
  expect(provider.status).toBe('connected');
  await pass(2_000);
  expect(FakeSocket.all).toHaveLength(2);
});

describe('tickets', () => {
  test('a refused ticket call stops', async () => {
    const provider = await start({ ticket: () => Promise.reject(new ApiError(404, { detail: 'no' })) });
    expect(provider.status).toBe('failed');
  });

  test('an address that the browser does not accept is tried again', async () => {
    const WebSocket = class {
      constructor() {
        throw new DOMException('not here', 'SecurityError');
      }
    } as unknown as typeof globalThis.WebSocket;
    const provider = await start({ WebSocket });
    expect(provider.status).toBe('disconnected');
  });

  test('a ticket call that fails otherwise is tried again', async () => {
    const ticket = vi.fn().mockRejectedValueOnce(new ApiError(503, {})).mockImplementation(async () => fakeTicket());
    const provider = await start({ ticket });
    expect(provider.status).toBe('disconnected');
    await pass(1_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  test('the right of a connection is renewed when the server says that it ends', async () => {
    await start();
    FakeSocket.last.welcome();
    FakeSocket.last.notice({ code: 'expiring', expires_at: '2030-01-01T00:00:00Z' });
    await pass(0);
    expect(FakeSocket.last.sentOf('reauth')).toHaveLength(1);
    expect(FakeSocket.all).toHaveLength(1);
  });

  test('and ahead of its end without being told', async () => {
    await start();
    FakeSocket.last.welcome(undefined, { expires_at: new Date(Date.now() + 50_000).toISOString() });
    await pass(39_000);
    expect(FakeSocket.last.sentOf('reauth')).toHaveLength(0);
    await pass(2_000);
    expect(FakeSocket.last.sentOf('reauth')).toHaveLength(1);
  });

  test('a new role comes with the renewal', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    FakeSocket.last.notice({ code: 'reauthenticated', role: 'viewer', expires_at: '2030-01-01T00:00:00Z' });
    expect(provider.role).toBe('viewer');
  });
});
