import { useState } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { useSubmit } from '../ui/useSubmit';

interface Props {
  title: string;
  action: string;
  name?: string;
  onSave: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for a board's name: of a new one, or the new name of one. */
export function RoomNameDialog({ title, action, name = '', onSave, onClose }: Props) {
  const [value, setValue] = useState(name);
  const { busy, error, submit } = useSubmit(() => onSave(value.trim()));
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label="Name"
          value={value}
          autoFocus
          required
          maxLength={100}
          placeholder="e.g. Roadmap"
          data-testid="room-name"
          error={error ? (error.field('name') ?? error.message) : undefined}
          onChange={(event) => setValue(event.target.value)}
        />
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={value.trim() === ''} data-testid="room-submit">
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
