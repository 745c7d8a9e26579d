import { describe, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { FakeSocket } from './support/fakeSocket.js';
import { pass, start, useFakeTime, write } from './support/setup.js';

useFakeTime();

describe('connecting', () => {
  test('offers the protocol and the ticket, at the address of the ticket', async () => {
    await start();
    expect(FakeSocket.last.url).toBe('ws://server/v1/sync/r1');
    expect(FakeSocket.last.protocols).toEqual(['meridian.v1', expect.stringMatching(/^ticket\.t\d+$/)]);
  });

  test('is connected when the server speaks, not when the socket opens', async () => {
    const provider = await start();
    FakeSocket.last.open();
    expect(provider.status).toBe('connecting');
    FakeSocket.last.notice({ code: 'welcome', role: 'viewer' });
    expect(provider.status).toBe('connected');
    expect(provider.role).toBe('viewer');
  });

  test('gets what the server has, and gives what the server lacks', async () => {
    const provider = await start({ connect: false });
    write(provider, 1);
    provider.connect();
    await pass(0);
    const server = new Y.Doc();
    server.getMap('m').set('theirs', true);
    FakeSocket.last.welcome(server);
    expect(provider.synced).toBe(true);
    expect(provider.doc.getMap('m').get('theirs')).toBe(true);
    Y.applyUpdate(server, FakeSocket.last.sentOf('step2')[0]!.update);
    expect(server.getMap('m').get('k')).toBe(1);
  });
});

describe('sending', () => {
  test('many changes of a moment travel as one message', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    for (let value = 0; value < 10; value += 1) write(provider, value);
    await pass(30);
    expect(FakeSocket.last.sentOf('update')).toHaveLength(1);
  });

  test('nothing is sent before the server has said what it has', async () => {
    const provider = await start();
    FakeSocket.last.open();
    write(provider, 1);
    await pass(100);
    expect(FakeSocket.last.sentOf('update')).toHaveLength(0);
  });

  test('a change that is too large for an Update goes as a SyncStep2', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    provider.doc.getMap('m').set('k', 'x'.repeat(1_100_000));
    await pass(30);
    expect(FakeSocket.last.sentOf('update')).toHaveLength(0);
    expect(FakeSocket.last.sentOf('step2')).toHaveLength(2);
  });

  test('what came from the server is not sent back', async () => {
    await start();
    FakeSocket.last.welcome();
    const other = new Y.Doc();
    other.getMap('m').set('k', 1);
    FakeSocket.last.receive({ kind: 'update', update: Y.encodeStateAsUpdate(other) });
    await pass(100);
    expect(FakeSocket.last.sentOf('update')).toHaveLength(0);
  });
});

describe('the truth about saving', () => {
  test('saved only when the server says durable', async () => {
    const provider = await start();
    const states: string[] = [];
    provider.on('save', ({ state }) => states.push(state));
    FakeSocket.last.welcome();
    FakeSocket.last.confirm(1);
    write(provider, 1);
    await pass(30);
    expect(provider.save).toEqual({ state: 'saving', unsaved: 1 });
    FakeSocket.last.confirm(2);
    expect(provider.save).toEqual({ state: 'saved', unsaved: 0 });
    expect(states).toEqual(['saving', 'saved', 'saving', 'saved']);
  });

  test('the echo of a change alone saves nothing', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    FakeSocket.last.confirm(1);
    write(provider, 1);
    await pass(30);
    FakeSocket.last.receive(FakeSocket.last.sentOf('update')[0]!);
    expect(provider.save.state).toBe('saving');
  });

  test('offline changes are counted, and saving until the next connection has them durable', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    FakeSocket.last.confirm(1);
    FakeSocket.last.closeWith(1006);
    write(provider, 1);
    expect(provider.save).toEqual({ state: 'offline', unsaved: 1 });
    await pass(20_000);
    FakeSocket.last.welcome();
    expect(provider.save).toEqual({ state: 'saving', unsaved: 1 });
    FakeSocket.last.confirm(1);
    expect(provider.save).toEqual({ state: 'saved', unsaved: 0 });
  });

  test('a change that was refused while the log stalled is offered again', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    FakeSocket.last.confirm(1);
    write(provider, 7);
    await pass(30);
    FakeSocket.last.notice({ code: 'refused', reason: 'stalled', index: 2 });
    FakeSocket.last.confirm(2);
    expect(provider.save).toEqual({ state: 'refused', unsaved: 1 });
    FakeSocket.last.notice({ code: 'resumed' });
    await pass(2_000);
    const server = new Y.Doc();
    FakeSocket.last.welcome(server);
    Y.applyUpdate(server, FakeSocket.last.sentOf('step2')[0]!.update);
    expect(server.getMap('m').get('k')).toBe(7);
    FakeSocket.last.confirm(1);
    expect(provider.save.state).toBe('saved');
  });

  test('a change that was refused for good is not offered again by itself', async () => {
    const provider = await start();
    FakeSocket.last.welcome();
    write(provider, 7);
    await pass(30);
    FakeSocket.last.notice({ code: 'refused', reason: 'document_full', index: 2 });
    await pass(50_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(provider.save.state).toBe('refused');
  });

  test('refusals are told', async () => {
    const provider = await start();
    const refused = vi.fn();
    provider.on('refused', refused);
    FakeSocket.last.welcome();
    FakeSocket.last.notice({ code: 'refused', reason: 'read_only', index: 1 });
    expect(refused).toHaveBeenCalledWith({ reason: 'read_only', index: 1 });
  });
});
