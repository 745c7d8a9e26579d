import type { ApiError, Room } from '@meridian/client';
import { useEffect, useState } from 'react';
import { api } from '../app/session';
import { asApiError } from '../ui/useSubmit';

interface RoomState {
  room: Room | null;
  error: ApiError | null;
  setRoom: (room: Room) => void;
}

/** A board's facts. They are remembered, so that a board opens also while the server is not reached. */
export function useRoom(id: string): RoomState {
  const [room, setRoom] = useState<Room | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    api.room(id).then(
      (found) => {
        localStorage.setItem(keyOf(id), JSON.stringify(found));
        setRoom(found);
      },
      (refusal: unknown) => {
        const known = localStorage.getItem(keyOf(id));
        const reason = asApiError(refusal);
        if (known && (reason.status === 0 || reason.status >= 500)) setRoom(JSON.parse(known) as Room);
        else setError(reason);
      },
    );
  }, [id]);
  return { room, error, setRoom };
}

function keyOf(id: string): string {
  return `meridian.room.${id}`;
}
