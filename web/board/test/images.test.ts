import { ApiError } from '@meridian/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSha256, sha256Hex } from '../src/board/images/hash';
import type { Outbox } from '../src/board/images/outbox';
import { ImageSync, type ImageFile, type ImagePorts } from '../src/board/images/sync';

const image = new Blob(['pixels'], { type: 'image/png' });
const hash = await sha256Hex(new TextEncoder().encode('pixels'));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** One window: what it knows, and a server that the test controls. */
function windowWith(files: ImageFile[]) {
  const known = new Set<string>();
  const kept = new Map<string, Blob>();
  const outbox: Outbox = {
    put: async (id, blob) => void kept.set(id, blob),
    get: async (id) => kept.get(id),
    delete: async (id) => void kept.delete(id),
  };
  const ports = {
    files: () => files,
    has: (id: string) => known.has(id),
    add: async (id: string) => void known.add(id),
    markSaved: vi.fn(() => files.forEach((file) => (file.status = 'saved'))),
    upload: vi.fn(async () => {}),
    download: vi.fn(async () => image),
    failed: vi.fn(),
  } satisfies ImagePorts;
  return { sync: new ImageSync(ports, outbox), ports, kept, known };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('images', () => {
  test('one that is put in goes up once, and is then saved for all', async () => {
    const files: ImageFile[] = [];
    const { sync, ports, kept } = windowWith(files);
    files.push({ fileId: await sync.take(image), status: 'pending' });
    sync.check();
    sync.check();
    await settle();
    expect(ports.upload).toHaveBeenCalledExactlyOnceWith(hash, image);
    expect(ports.markSaved).toHaveBeenCalledWith(hash);
    expect(kept.size).toBe(0);
  });

  test('an upload without a network is tried again, and kept until then', async () => {
    const files: ImageFile[] = [];
    const { sync, ports, kept } = windowWith(files);
    ports.upload.mockRejectedValueOnce(new ApiError(0, { code: 'network' }));
    files.push({ fileId: await sync.take(image), status: 'pending' });
    sync.check();
    await settle();
    expect(kept.size).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ports.upload).toHaveBeenCalledTimes(2);
    expect(ports.markSaved).toHaveBeenCalledOnce();
  });

  test('one that the server refuses is told once and not tried again', async () => {
    const files: ImageFile[] = [];
    const { sync, ports } = windowWith(files);
    ports.upload.mockRejectedValue(new ApiError(415, { code: 'unsupported_type' }));
    files.push({ fileId: await sync.take(image), status: 'pending' });
    sync.check();
    await settle();
    sync.check();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ports.upload).toHaveBeenCalledOnce();
    expect(ports.failed).toHaveBeenCalledOnce();
  });

  test("somebody else's comes down, also while its upload is still under way", async () => {
    const { sync, ports, known } = windowWith([{ fileId: hash, status: 'pending' }]);
    ports.download.mockRejectedValueOnce(new ApiError(404, {}));
    sync.check();
    await settle();
    expect(known.has(hash)).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(known.has(hash)).toBe(true);
    expect(ports.upload).not.toHaveBeenCalled();
  });

  test('ids that are no hash are left alone', async () => {
    const { sync, ports } = windowWith([{ fileId: '../../etc', status: 'saved' }]);
    sync.check();
    await settle();
    expect(ports.download).not.toHaveBeenCalled();
  });
});

test('a hash is 64 digits of hex', () => {
  expect(isSha256(hash)).toBe(true);
  expect(isSha256(hash.toUpperCase())).toBe(false);
});
