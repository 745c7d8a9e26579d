import type { Room } from '@meridian/client';
import { Dialog } from '../ui/Dialog';
import { InviteForm } from './InviteForm';
import { MemberList } from './MemberList';

interface Props {
  room: Room;
  onClose: () => void;
}

export function ShareDialog({ room, onClose }: Props) {
  const owner = room.role === 'owner';
  return (
    <Dialog title={`Share “${room.name}”`} onClose={onClose} testId="share-dialog">
      {owner && <InviteForm roomId={room.id} />}
      <MemberList roomId={room.id} mayChange={owner} />
    </Dialog>
  );
}
