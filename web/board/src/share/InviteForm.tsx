import type { Invite, NewInvite } from '@meridian/client';
import { useState } from 'react';
import { api } from '../app/session';
import { Button } from '../ui/Button';
import { toast } from '../ui/toast';
import { useSubmit } from '../ui/useSubmit';

const DAY_S = 24 * 60 * 60;
const LIFETIMES = [
  { seconds: DAY_S, label: '1 day' },
  { seconds: 7 * DAY_S, label: '7 days' },
  { seconds: 30 * DAY_S, label: '30 days' },
];

/** Makes a link that lets others in, with a role. */
export function InviteForm({ roomId }: { roomId: string }) {
  const [role, setRole] = useState<NewInvite['role']>('editor');
  const [lifetime, setLifetime] = useState(7 * DAY_S);
  const [maxUses, setMaxUses] = useState('');
  const [invite, setInvite] = useState<Invite | null>(null);
  const { busy, error, submit } = useSubmit(async () => {
    const max_uses = Number(maxUses) || undefined;
    setInvite(await api.createInvite(roomId, { role, expires_in: lifetime, ...(max_uses && { max_uses }) }));
  });
  return (
    <section className="share-section">
      <h3>Invite by link</h3>
      <div className="invite-form">
        <label>
          Role
          <select value={role} data-testid="invite-role" onChange={(event) => setRole(event.target.value as NewInvite['role'])}>
            <option value="editor">Can edit</option>
            <option value="viewer">Can view</option>
          </select>
        </label>
        <label>
          Works for
          <select value={lifetime} data-testid="invite-expiry" onChange={(event) => setLifetime(Number(event.target.value))}>
            {LIFETIMES.map(({ seconds, label }) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          People
          <input
            type="number"
            min={1}
            placeholder="any"
            value={maxUses}
            data-testid="invite-max-uses"
            onChange={(event) => setMaxUses(event.target.value)}
          />
        </label>
        <Button kind="primary" busy={busy} onClick={submit} data-testid="invite-create">
          Create link
        </Button>
      </div>
      {error && <p className="form-error">{error.message}</p>}
      {invite && <InviteLink url={invite.url} />}
    </section>
  );
}

function InviteLink({ url }: { url: string }) {
  const copy = () =>
    navigator.clipboard.writeText(url).then(
      () => toast('Link copied'),
      () => toast('The browser did not allow copying: select the link and copy it by hand.', 'error'),
    );
  return (
    <div className="invite-link">
      <input readOnly value={url} aria-label="Invitation link" data-testid="invite-url" onFocus={(event) => event.target.select()} />
      <Button onClick={() => void copy()} data-testid="invite-copy">
        Copy
      </Button>
    </div>
  );
}
