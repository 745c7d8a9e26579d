import type { SaveStatus, Status } from '@meridian/client';
import { Button } from '../ui/Button';
import { CloudCheckIcon, CloudOffIcon, CloudUpIcon } from '../ui/icons';

interface Props {
  status: Status;
  save: SaveStatus;
  /** Offers refused changes to the server once more. */
  onRetry: () => void;
}

/** Whether what was drawn here is safe. */
export function SaveState({ status, save, onRetry }: Props) {
  const { label, detail } = wordsFor(status, save);
  return (
    <span
      className={`save-state ${save.state}`}
      role="status"
      title={detail}
      data-testid="save-state"
      data-state={save.state}
      data-unsaved={save.unsaved}
    >
      {save.state === 'saved' ? <CloudCheckIcon /> : save.state === 'saving' ? <CloudUpIcon /> : <CloudOffIcon />}
      <span className="save-label">{label}</span>
      {save.state === 'refused' && (
        <Button kind="quiet" onClick={onRetry} data-testid="save-retry">
          Try again
        </Button>
      )}
    </span>
  );
}

export function wordsFor(status: Status, { state, unsaved }: SaveStatus): { label: string; detail: string } {
  const changes = unsaved === 1 ? '1 change' : `${unsaved} changes`;
  switch (state) {
    case 'saved':
      return { label: 'Saved', detail: 'Everything is saved.' };
    case 'saving':
      return { label: 'Saving…', detail: unsaved ? `${changes} on the way to the server.` : 'Comparing with the server.' };
    case 'refused':
      return { label: 'Not saved', detail: `The server did not accept ${changes}.` };
    case 'offline':
      return {
        label: status === 'connecting' && unsaved === 0 ? 'Connecting…' : unsaved ? 'Offline, not sent yet' : 'Offline',
        detail: unsaved ? `${changes} kept here until there is a connection.` : 'Changes are kept here until there is a connection.',
      };
  }
}
