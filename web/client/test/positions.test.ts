import { afterEach, describe, expect, test, vi } from 'vitest';
import { MeridianApi } from '../src/http/api.js';
import { Positions, type PositionStorage } from '../src/http/positions.js';
import { MemoryTokenStore } from '../src/http/tokens.js';

class FakeStorage implements PositionStorage {
  readonly items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

describe('positions', () => {
  test('the newest is kept, by number and not by text', () => {
    const positions = new Positions('', undefined);
    expect(positions.get()).toBeUndefined();
    const steps = [['9/0', '9/0'], ['10/0', '10/0'], ['F/FFFFFFFF', '10/0'], ['10/00000001', '10/00000001'], ['200010/0', '200010/0']] as const;
    for (const [seen, newest] of steps) {
      positions.see(seen);
      expect(positions.get()).toBe(newest);
    }
  });

  test('what is no position is not taken', () => {
    const positions = new Positions('', undefined);
    for (const text of ['', '1', '1/2/3', 'x/1', '123456789/0', '1/ 2', null]) positions.see(text);
    expect(positions.get()).toBeUndefined();
  });

  test('tabs share it, and a reload keeps it; another API has its own', () => {
    const storage = new FakeStorage();
    const [one, two, other] = [new Positions('', storage), new Positions('', storage), new Positions('http://other', storage)];
    one.see('0/5');
    two.see('0/3');
    expect([two.get(), new Positions('', storage).get(), other.get()]).toEqual(['0/5', '0/5', undefined]);
    // Two tabs wrote at once, and the older one came last.
    storage.items.clear();
    two.see('0/4');
    expect([one.get(), two.get()]).toEqual(['0/5', '0/4']);
  });

  test('one that nothing moves is forgotten', () => {
    const positions = new Positions('', new FakeStorage());
    positions.see('0/5', 0);
    positions.see('0/5', 500_000);
    expect([positions.get(599_999), positions.get(600_000)]).toEqual(['0/5', undefined]);
    positions.see('0/2', 600_001);
    expect(positions.get(600_001)).toBe('0/2');
  });

  test('a storage that is broken, full or forbidden harms nothing', () => {
    const broken = {
      getItem: () => '{"position":',
      setItem: () => {
        throw new Error('full');
      },
    };
    const positions = new Positions('', broken);
    positions.see('0/5');
    expect(positions.get()).toBe('0/5');
  });
});

describe('calls', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('each call says what was seen in all answers before, refusals too', async () => {
    vi.stubGlobal('localStorage', new FakeStorage());
    const answers = [
      [200, '0/A'],
      [404, '0/B'],
      [200, '0/4'],
      [200, null],
    ] as const;
    const sent: (string | undefined)[] = [];
    const fetchFunction = async (_: string, init: RequestInit) => {
      sent.push((init.headers as Record<string, string>)['Meridian-Position']);
      const [status, position] = answers[sent.length - 1]!;
      return new Response('{}', { status, headers: position === null ? {} : { 'Meridian-Position': position } });
    };
    const tokens = new MemoryTokenStore();
    tokens.set({ accessToken: 'a1', refreshToken: 'r1', expiresAt: Date.now() + 600_000 });
    const api = new MeridianApi({ baseUrl: 'http://api', tokens, fetch: fetchFunction as unknown as typeof fetch });
    await api.me();
    await expect(api.room('x')).rejects.toMatchObject({ status: 404 });
    await api.me();
    await api.me();
    expect(sent).toEqual([undefined, '0/A', '0/B', '0/B']);
  });
});
