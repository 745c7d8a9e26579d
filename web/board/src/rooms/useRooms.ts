import type { ApiError, Room } from '@meridian/client';
import { useCallback, useEffect, useState } from 'react';
import { api } from '../app/session';
import { asApiError } from '../ui/useSubmit';

const PAGE_SIZE = 20;

interface Rooms {
  /** `null` until the first page is here. */
  rooms: Room[] | null;
  error: ApiError | null;
  hasMore: boolean;
  loading: boolean;
  loadMore: () => void;
  /** Puts a changed room in the place of the old one. */
  replace: (room: Room) => void;
  remove: (id: string) => void;
}

/** My boards, page by page. */
export function useRooms(): Rooms {
  const [rooms, setRooms] = useState<Room[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(false);

  const load = useCallback(async (from?: string) => {
    setLoading(true);
    setError(null);
    try {
      const page = await api.rooms(from, PAGE_SIZE);
      setRooms((before) => (from && before ? [...before, ...page.items] : page.items));
      setCursor(page.next_cursor ?? null);
    } catch (refusal) {
      setError(asApiError(refusal));
    } finally {
      setLoading(false);
    }
  }, []);
  useEffect(() => void load(), [load]);

  return {
    rooms,
    error,
    hasMore: cursor !== null,
    loading,
    loadMore: () => void load(cursor ?? undefined),
    replace: (room) => setRooms((before) => before?.map((old) => (old.id === room.id ? room : old)) ?? null),
    remove: (id) => setRooms((before) => before?.filter((room) => room.id !== id) ?? null),
  };
}
