import type { Room } from '@meridian/client';
import { useState } from 'react';
import { api } from '../app/session';
import { toast } from '../ui/toast';
import { asApiError } from '../ui/useSubmit';

interface Props {
  room: Room;
  onRoomChange: (room: Room) => void;
}

/** Whether people who only look on are seen by the others. */
export function ViewersSetting({ room, onRoomChange }: Props) {
  const [busy, setBusy] = useState(false);
  const change = async (viewers_visible: boolean) => {
    setBusy(true);
    try {
      onRoomChange(await api.changeRoom(room.id, { viewers_visible }));
    } catch (error) {
      toast(asApiError(error).message, 'error');
    } finally {
      setBusy(false);
    }
  };
  return (
    <label className="setting">
      <input
        type="checkbox"
        checked={room.viewers_visible}
        disabled={busy}
        data-testid="viewers-visible"
        onChange={(event) => void change(event.target.checked)}
      />
      Show viewers and their cursors to everyone
    </label>
  );
}
