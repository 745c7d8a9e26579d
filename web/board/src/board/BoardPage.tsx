import { useEffect } from 'react';
import { navigate } from '../app/router';
import { currentUser } from '../app/session';
import { Loading } from '../ui/Loading';
import { MessagePage } from '../ui/MessagePage';
import { BoardView } from './BoardView';
import { useRoom } from './useRoom';

/** The page of one board: finds the room, or says why it cannot be shown. */
export default function BoardPage({ roomId }: { roomId: string }) {
  const { room, error, setRoom } = useRoom(roomId);
  const user = currentUser();
  useEffect(() => {
    document.title = room ? `${room.name} · Meridian` : 'Meridian';
  }, [room]);
  if (error) return error.status === 404 || error.status === 400 ? <NoSuchBoard /> : <Unreachable text={error.message} />;
  if (!room || !user) return <Loading label="Opening the board…" />;
  return <BoardView room={room} user={user} onRoomChange={setRoom} />;
}

export function NoSuchBoard() {
  return (
    <MessagePage
      title="No such board"
      text="It does not exist, or you have no access to it. Ask its owner for an invitation."
      action={{ label: 'Go to my boards', run: () => navigate('/rooms') }}
    />
  );
}

function Unreachable({ text }: { text: string }) {
  return (
    <MessagePage title="This board cannot be opened just now" text={text} action={{ label: 'Try again', run: () => location.reload() }} />
  );
}
