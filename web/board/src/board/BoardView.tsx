import type { Room, User } from '@meridian/client';
import { useState } from 'react';
import { useTheme } from '../app/theme';
import { ShareDialog } from '../share/ShareDialog';
import { Loading } from '../ui/Loading';
import { Canvas } from './Canvas';
import { Failure } from './Failure';
import { RefusedEdits } from './RefusedEdits';
import { TopBar } from './TopBar';
import { useBoard } from './useBoard';
import { usePeople } from './usePeople';
import { useUndo } from './useUndo';

interface Props {
  room: Room;
  user: User;
  onRoomChange: (room: Room) => void;
}

/** A board: the bar with its facts and controls, and the canvas. */
export function BoardView({ room, user, onRoomChange }: Props) {
  const [theme, toggleTheme] = useTheme();
  const [sharing, setSharing] = useState(false);
  const board = useBoard(room, user);
  const { connection } = board;
  const people = usePeople(connection?.provider ?? null, user);
  const undo = useUndo(connection?.doc ?? null);
  const role = board.role ?? room.role;
  const viewOnly = role === 'viewer';
  if (board.failure) return <Failure failure={board.failure} />;
  return (
    <div className="board" data-status={board.status}>
      <TopBar
        room={room}
        role={role}
        status={board.status}
        save={board.save}
        onRetry={() => connection?.provider.resync()}
        people={people}
        undo={viewOnly ? null : undo}
        theme={theme}
        onToggleTheme={toggleTheme}
        onShare={() => setSharing(true)}
        onRoomChange={onRoomChange}
      />
      {board.refusedEdits && connection && <RefusedEdits connection={connection} />}
      <div className="canvas">
        {connection ? (
          <Canvas connection={connection} room={room} theme={theme} viewOnly={viewOnly} />
        ) : (
          <Loading label="Opening the board…" />
        )}
      </div>
      {sharing && <ShareDialog room={{ ...room, role }} onRoomChange={onRoomChange} onClose={() => setSharing(false)} />}
    </div>
  );
}
