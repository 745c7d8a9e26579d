import type { Room } from '@meridian/client';
import { Dialog } from '../ui/Dialog';
import { InviteForm } from './InviteForm';
import { MemberList } from './MemberList';
import { ViewersSetting } from './ViewersSetting';

interface Props {
  room: Room;
  onRoomChange: (room: Room) => void;
  onClose: () => void;
}

/** Who has access to a board; its owner can give and take it here. */
export function ShareDialog({ room, onRoomChange, onClose }: Props) {
  const owner = room.role === 'owner';
  return (
    <Dialog title={`Share “${room.name}”`} onClose={onClose} testId="share-dialog">
      {owner && <InviteForm roomId={room.id} />}
      <MemberList roomId={room.id} mayChange={owner} />
      {owner && <ViewersSetting room={room} onRoomChange={onRoomChange} />}
    </Dialog>
  );
}
