import type { Room } from '@meridian/client';
import { api } from '../app/session';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { useSubmit } from '../ui/useSubmit';

interface Props {
  room: Room;
  onDeleted: () => void;
  onClose: () => void;
}

export function DeleteRoomDialog({ room, onDeleted, onClose }: Props) {
  const { busy, error, submit } = useSubmit(async () => {
    await api.deleteRoom(room.id);
    onDeleted();
  });
  return (
    <Dialog title="Delete board?" onClose={onClose}>
      <p>
        <strong>{room.name}</strong> and its history go away for all its members. This cannot be undone.
      </p>
      {error && <p className="form-error">{error.message}</p>}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button kind="danger" busy={busy} onClick={submit} data-testid="delete-confirm">
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
