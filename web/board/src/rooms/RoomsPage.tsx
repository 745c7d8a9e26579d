import type { Room } from '@meridian/client';
import { useEffect, useState } from 'react';
import { navigate } from '../app/router';
import { api } from '../app/session';
import { Button } from '../ui/Button';
import { PlusIcon } from '../ui/icons';
import { Loading } from '../ui/Loading';
import { Header } from './Header';
import { RemoveRoomDialog } from './RemoveRoomDialog';
import { RoomCard } from './RoomCard';
import { RoomNameDialog } from './RoomNameDialog';
import { useRooms } from './useRooms';

type Open = { dialog: 'create' } | { dialog: 'rename' | 'remove'; room: Room };

/** The list of my boards. */
export function RoomsPage() {
  const { rooms, error, hasMore, loading, loadMore, replace, remove } = useRooms();
  const [open, setOpen] = useState<Open | null>(null);
  useEffect(() => {
    document.title = 'My boards · Meridian';
  }, []);
  const close = () => setOpen(null);
  return (
    <div className="page">
      <Header />
      <main className="content">
        <div className="content-head">
          <h1>My boards</h1>
          <Button kind="primary" onClick={() => setOpen({ dialog: 'create' })} data-testid="create-room">
            <PlusIcon /> New board
          </Button>
        </div>
        {error && (
          <p className="form-error" role="alert">
            {error.message} <Button onClick={loadMore}>Try again</Button>
          </p>
        )}
        {rooms === null && !error && <Loading />}
        {rooms?.length === 0 && <EmptyState />}
        <ul className="rooms" data-testid="room-list">
          {rooms?.map((room) => (
            <RoomCard
              key={room.id}
              room={room}
              onRename={() => setOpen({ dialog: 'rename', room })}
              onRemove={() => setOpen({ dialog: 'remove', room })}
            />
          ))}
        </ul>
        {hasMore && (
          <Button className="load-more" busy={loading} onClick={loadMore} data-testid="load-more">
            Load more
          </Button>
        )}
      </main>
      {open?.dialog === 'create' && (
        <RoomNameDialog
          title="New board"
          action="Create"
          onClose={close}
          onSave={async (name) => {
            const room = await api.createRoom(name);
            navigate(`/rooms/${room.id}`);
          }}
        />
      )}
      {open?.dialog === 'rename' && (
        <RoomNameDialog
          title="Rename board"
          action="Rename"
          name={open.room.name}
          onClose={close}
          onSave={async (name) => {
            replace(await api.changeRoom(open.room.id, { name }));
            close();
          }}
        />
      )}
      {open?.dialog === 'remove' && (
        <RemoveRoomDialog
          room={open.room}
          onClose={close}
          onRemoved={() => {
            remove(open.room.id);
            close();
          }}
        />
      )}
    </div>
  );
}

function EmptyState() {
  return (
    <div className="empty" data-testid="empty-state">
      <svg width="120" height="84" viewBox="0 0 120 84" fill="none" aria-hidden>
        <rect x="6" y="6" width="108" height="72" rx="10" stroke="currentColor" strokeWidth="2" strokeDasharray="6 6" />
        <path d="M28 56c10-26 22-26 30-8s18 10 32-18" stroke="var(--accent)" strokeWidth="4" strokeLinecap="round" />
      </svg>
      <h2>No boards yet</h2>
      <p className="muted">Create one, then invite others to draw with you.</p>
    </div>
  );
}
