import type { ConnectionFailed, Role, Room, SaveStatus, Status, User } from '@meridian/client';
import { useEffect, useState } from 'react';
import { toast } from '../ui/toast';
import { openBoard, type Connection } from './connection';
import { wordsForNotice } from './notices';
import { onStorageFull } from './storage';

export interface Board {
  /** `null` while it is being opened. */
  connection: Connection | null;
  status: Status;
  save: SaveStatus;
  role: Role | null;
  failure: ConnectionFailed | null;
  /** A change was refused because this person may not edit: what the window shows is not what others see. */
  refusedEdits: boolean;
}

const OPENING: Board = {
  connection: null,
  status: 'connecting',
  save: { state: 'offline', unsaved: 0 },
  role: null,
  failure: null,
  refusedEdits: false,
};

const NOT_STORED = 'This browser does not keep data: edits made without a connection are lost when the tab is closed.';

/** Opens a board for as long as the component is shown, and follows what becomes of it. */
export function useBoard(room: Room, user: User): Board {
  const [board, setBoard] = useState(OPENING);
  useEffect(() => {
    let left = false;
    let close = () => {};
    setBoard(OPENING);
    const change = (part: Partial<Board>) => left || setBoard((before) => ({ ...before, ...part }));
    void openBoard(room.id, user.id).then((connection) => {
      if (left) return connection.close();
      close = follow(connection, change);
      if (!connection.stored) toast(NOT_STORED, 'error');
      change({ connection, save: connection.provider.save, status: connection.provider.status });
    });
    return () => {
      left = true;
      close();
    };
  }, [room.id, user.id]);
  return board;
}

function follow(connection: Connection, change: (part: Partial<Board>) => void): () => void {
  const { provider } = connection;
  const stop = [
    provider.on('status', (status) => change({ status })),
    provider.on('save', (save) => change({ save, ...(save.state === 'saved' && { refusedEdits: false }) })),
    provider.on('role', (role) => {
      change({ role });
      // What was refused from a viewer may be accepted now.
      if (role !== 'viewer' && provider.save.state === 'refused') provider.resync();
    }),
    provider.on('failed', (failure) => change({ failure })),
    provider.on('refused', ({ reason }) => reason === 'read_only' && change({ refusedEdits: true })),
    provider.on('notice', (notice) => {
      const words = wordsForNotice(notice);
      if (words) toast(words.text, words.tone);
    }),
    onStorageFull(() => toast(NOT_STORED, 'error')),
  ];
  return () => {
    stop.forEach((end) => end());
    connection.close();
  };
}
