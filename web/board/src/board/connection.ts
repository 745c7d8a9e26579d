import { MeridianProvider } from '@meridian/client';
import { IndexeddbPersistence } from 'y-indexeddb';
import * as Y from 'yjs';
import { api } from '../app/session';
import { storageWorks } from './storage';

/** An open board: its document, the copy that this browser keeps, and the link to the server. */
export interface Connection {
  doc: Y.Doc;
  provider: MeridianProvider;
  /** Whether edits survive closing the tab while the server is not reached. */
  stored: boolean;
  /** Forgets this browser's copy, with what the server has refused. */
  discard(): Promise<void>;
  close(): void;
}

/** Opens a board: first from this browser, so that it is there at once, then from the server. */
export async function openBoard(roomId: string, userId: string): Promise<Connection> {
  const doc = new Y.Doc();
  const copy = (await storageWorks()) ? new IndexeddbPersistence(`meridian:${userId}:${roomId}`, doc) : null;
  await copy?.whenSynced;
  const provider = new MeridianProvider(doc, { room: roomId, ticket: () => api.ticket(roomId) });
  const close = () => {
    provider.destroy();
    doc.destroy();
  };
  return {
    doc,
    provider,
    stored: copy !== null,
    discard: async () => {
      await copy?.clearData();
      close();
    },
    close,
  };
}
