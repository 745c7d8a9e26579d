import { describe, expect, test, vi } from 'vitest';
import { MeridianApi } from '../src/http/api.js';
import { ApiError } from '../src/http/errors.js';
import { MemoryTokenStore } from '../src/http/tokens.js';

interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** An API over a function that answers calls, signed in with the access token `a1`. */
function apiWith(answer: (call: Call) => { status: number; json?: unknown }) {
  const calls: Call[] = [];
  const tokens = new MemoryTokenStore();
  tokens.set({ accessToken: 'a1', refreshToken: 'r1', expiresAt: Date.now() + 600_000 });
  const fetchFunction = vi.fn(async (url: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : init.body;
    const call = { method: init.method!, url, headers: init.headers as Record<string, string>, body };
    calls.push(call);
    const { status, json } = answer(call);
    return new Response(json === undefined ? null : JSON.stringify(json), { status });
  });
  const api = new MeridianApi({ baseUrl: 'http://api', tokens, fetch: fetchFunction as unknown as typeof fetch });
  return { api, calls, tokens };
}

const renewed = { access_token: 'a2', refresh_token: 'r2', token_type: 'Bearer', expires_in: 600 };

describe('tokens', () => {
  test('a refused token is renewed once, for all calls that wait', async () => {
    const { api, calls, tokens } = apiWith(({ url, headers }) => {
      if (url.endsWith('/refresh')) return { status: 200, json: renewed };
      return headers['Authorization'] === 'Bearer a2' ? { status: 200, json: { items: [], next_cursor: null } } : { status: 401, json: {} };
    });
    await Promise.all([api.rooms(), api.rooms(), api.rooms()]);
    expect(calls.filter(({ url }) => url.endsWith('/refresh')).map(({ body }) => body)).toEqual([{ refresh_token: 'r1' }]);
    expect(tokens.get()).toMatchObject({ accessToken: 'a2', refreshToken: 'r2' });
  });

  test('a token that another tab has renewed is used instead of the own refresh token', async () => {
    const { api, calls, tokens } = apiWith(({ headers }) =>
      headers['Authorization'] === 'Bearer other' ? { status: 200, json: {} } : { status: 401, json: {} },
    );
    const me = api.me();
    tokens.set({ accessToken: 'other', refreshToken: 'r9', expiresAt: Date.now() + 600_000 });
    await me;
    expect(calls.some(({ url }) => url.endsWith('/refresh'))).toBe(false);
  });

  test('a token about to end is renewed before it is used', async () => {
    const { api, calls, tokens } = apiWith(({ url }) => ({ status: 200, json: url.endsWith('/refresh') ? renewed : {} }));
    tokens.set({ accessToken: 'a1', refreshToken: 'r1', expiresAt: Date.now() + 5_000 });
    await api.me();
    expect(calls.map(({ url }) => url)).toEqual(['http://api/v1/auth/refresh', 'http://api/v1/me']);
  });

  test('a refused refresh signs out', async () => {
    const { api, tokens } = apiWith(() => ({ status: 401, json: { code: 'invalid_token' } }));
    await expect(api.me()).rejects.toMatchObject({ status: 401 });
    expect(tokens.get()).toBeNull();
    await expect(api.me()).rejects.toMatchObject({ code: 'signed_out' });
  });

  test('a refresh that does not reach the server keeps the sign-in', async () => {
    const { api, tokens } = apiWith(({ url }) => {
      if (url.endsWith('/refresh')) throw new TypeError('no network');
      return { status: 401, json: {} };
    });
    await expect(api.me()).rejects.toMatchObject({ code: 'network' });
    expect(tokens.get()).not.toBeNull();
  });
});

describe('calls', () => {
  test('creations carry a key, the same for the repeated attempt', async () => {
    const { api, calls } = apiWith(({ url, headers }) => {
      if (url.endsWith('/refresh')) return { status: 200, json: renewed };
      return headers['Authorization'] === 'Bearer a2' ? { status: 201, json: { id: 'x' } } : { status: 401, json: {} };
    });
    await api.createRoom('Plans');
    const keys = calls.filter(({ url }) => url.endsWith('/rooms')).map(({ headers }) => headers['Idempotency-Key']);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[0]).toBe(keys[1]);
  });

  test('a problem document becomes a typed error', async () => {
    const problem = { code: 'validation_failed', title: 'Not valid', errors: [{ field: 'name', message: 'too long' }] };
    const { api } = apiWith(() => ({ status: 422, json: problem }));
    const error = await api.createRoom('x').catch((refusal: unknown) => refusal as ApiError);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: 'validation_failed' });
    expect((error as ApiError).field('name')).toBe('too long');
  });

  test('lists are paged by cursor', async () => {
    const { api, calls } = apiWith(() => ({ status: 200, json: { items: [], next_cursor: null } }));
    await api.rooms('c 1', 5);
    expect(calls[0]!.url).toBe('http://api/v1/rooms?cursor=c+1&limit=5');
  });

  test('signing out forgets the tokens even when the server is away', async () => {
    const { api, tokens } = apiWith(() => {
      throw new TypeError('no network');
    });
    await api.signOut().catch(() => undefined);
    expect(tokens.get()).toBeNull();
  });
});
