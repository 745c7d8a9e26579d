import type { Room } from '@meridian/client';
import { api, currentUser } from '../app/session';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { useSubmit } from '../ui/useSubmit';

interface Props {
  room: Room;
  onRemoved: () => void;
  onClose: () => void;
}

/** Asks before a board goes away: for all when its owner deletes it, for oneself when a member leaves it. */
export function RemoveRoomDialog({ room, onRemoved, onClose }: Props) {
  const owner = room.role === 'owner';
  const { busy, error, submit } = useSubmit(async () => {
    if (owner) await api.deleteRoom(room.id);
    else await api.removeMember(room.id, currentUser()!.id);
    onRemoved();
  });
  return (
    <Dialog title={owner ? 'Delete board?' : 'Leave board?'} onClose={onClose}>
      <p>
        <strong>{room.name}</strong>{' '}
        {owner
          ? 'and its history go away for all its members. This cannot be undone.'
          : 'stays for the others. To come back you need a new invitation.'}
      </p>
      {error && <p className="form-error">{error.message}</p>}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button kind="danger" busy={busy} onClick={submit} data-testid="delete-confirm">
          {owner ? 'Delete' : 'Leave'}
        </Button>
      </div>
    </Dialog>
  );
}
