import type { Room } from '@meridian/client';
import { navigate } from '../app/router';
import { Button } from '../ui/Button';
import { LeaveIcon, PencilIcon, TrashIcon } from '../ui/icons';

interface Props {
  room: Room;
  onRename: () => void;
  onRemove: () => void;
}

export function RoomCard({ room, onRename, onRemove }: Props) {
  const path = `/rooms/${room.id}`;
  return (
    <li className="room" data-testid="room-item" data-room-id={room.id}>
      <a
        href={path}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey) return;
          event.preventDefault();
          navigate(path);
        }}
      >
        <strong>{room.name}</strong>
        <span className="room-facts">
          <span className={`badge ${room.role}`}>{room.role}</span>
          {room.region && <span className="muted small">{room.region}</span>}
          <time className="muted small" dateTime={room.created_at}>
            {dayOf(room.created_at)}
          </time>
        </span>
      </a>
      <span className="room-actions">
        {room.role === 'owner' ? (
          <>
            <Button kind="quiet" onClick={onRename} aria-label={`Rename ${room.name}`} data-testid="rename-room">
              <PencilIcon />
            </Button>
            <Button kind="quiet" onClick={onRemove} aria-label={`Delete ${room.name}`} data-testid="delete-room">
              <TrashIcon />
            </Button>
          </>
        ) : (
          <Button kind="quiet" onClick={onRemove} aria-label={`Leave ${room.name}`} title="Leave" data-testid="leave-room">
            <LeaveIcon />
          </Button>
        )}
      </span>
    </li>
  );
}

function dayOf(time: string): string {
  return new Date(time).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
}
