import type { Role, Room, SaveStatus, Status } from '@meridian/client';
import { useState } from 'react';
import { navigate } from '../app/router';
import { api } from '../app/session';
import type { Theme } from '../app/theme';
import { RoomNameDialog } from '../rooms/RoomNameDialog';
import { Button } from '../ui/Button';
import { BackIcon, EyeIcon, RedoIcon, ShareIcon, UndoIcon } from '../ui/icons';
import { ThemeToggle } from '../ui/ThemeToggle';
import { People } from './People';
import type { Person } from './presence';
import { SaveState } from './SaveState';
import type { UndoControls } from './useUndo';

interface Props {
  room: Room;
  role: Role;
  status: Status;
  save: SaveStatus;
  onRetry: () => void;
  people: Person[];
  /** `null` for those who cannot edit. */
  undo: UndoControls | null;
  theme: Theme;
  onToggleTheme: () => void;
  onShare: () => void;
  onRoomChange: (room: Room) => void;
}

export function TopBar({ room, role, status, save, onRetry, people, undo, theme, onToggleTheme, onShare, onRoomChange }: Props) {
  return (
    <header className="topbar">
      <Button kind="quiet" aria-label="My boards" title="My boards" onClick={() => navigate('/rooms')} data-testid="back">
        <BackIcon />
      </Button>
      <BoardName room={room} mayRename={role === 'owner'} onRoomChange={onRoomChange} />
      <SaveState status={status} save={save} onRetry={onRetry} />
      {role === 'viewer' && (
        <span className="badge view-only" data-testid="view-only">
          <EyeIcon /> View only
        </span>
      )}
      <span className="spacer" />
      {undo && (
        <span className="undo">
          <Button kind="quiet" aria-label="Undo" title="Undo (Ctrl+Z)" disabled={!undo.canUndo} onClick={undo.undo} data-testid="undo">
            <UndoIcon />
          </Button>
          <Button kind="quiet" aria-label="Redo" title="Redo (Ctrl+Y)" disabled={!undo.canRedo} onClick={undo.redo} data-testid="redo">
            <RedoIcon />
          </Button>
        </span>
      )}
      <People people={people} />
      <ThemeToggle theme={theme} onToggle={onToggleTheme} />
      <Button kind="primary" onClick={onShare} data-testid="share-button">
        <ShareIcon /> <span className="share-label">Share</span>
      </Button>
    </header>
  );
}

interface BoardNameProps {
  room: Room;
  mayRename: boolean;
  onRoomChange: (room: Room) => void;
}

function BoardName({ room, mayRename, onRoomChange }: BoardNameProps) {
  const [renaming, setRenaming] = useState(false);
  if (!mayRename) return <h1 className="board-name">{room.name}</h1>;
  return (
    <>
      <button className="board-name" title="Rename" onClick={() => setRenaming(true)} data-testid="board-name">
        {room.name}
      </button>
      {renaming && (
        <RoomNameDialog
          title="Rename board"
          action="Rename"
          name={room.name}
          onClose={() => setRenaming(false)}
          onSave={async (name) => {
            onRoomChange(await api.changeRoom(room.id, { name }));
            setRenaming(false);
          }}
        />
      )}
    </>
  );
}
