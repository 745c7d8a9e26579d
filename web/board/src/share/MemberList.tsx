import type { Member, Role } from '@meridian/client';
import { useCallback, useEffect, useState } from 'react';
import { api, currentUser } from '../app/session';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { TrashIcon } from '../ui/icons';
import { Loading } from '../ui/Loading';
import { toast } from '../ui/toast';
import { asApiError } from '../ui/useSubmit';

interface Props {
  roomId: string;
  mayChange: boolean;
}

/** Who has access. An owner can change the roles of others and take access away. */
export function MemberList({ roomId, mayChange }: Props) {
  const [members, setMembers] = useState<Member[] | null>(null);
  const load = useCallback(
    () => allMembers(roomId).then(setMembers, (error: unknown) => toast(asApiError(error).message, 'error')),
    [roomId],
  );
  useEffect(() => void load(), [load]);

  const change = async (action: Promise<void>) => {
    await action.catch((error: unknown) => toast(asApiError(error).message, 'error'));
    await load();
  };
  const me = currentUser()?.id;
  return (
    <section className="share-section">
      <h3>Members</h3>
      {!members && <Loading />}
      <ul className="members">
        {members?.map(({ user_id, name, role }) => (
          <li key={user_id} data-testid="member" data-user-id={user_id}>
            <Avatar id={user_id} name={name} />
            <span className="member-name">
              {name} {user_id === me && <span className="muted">(you)</span>}
            </span>
            {mayChange && user_id !== me ? (
              <>
                <select
                  aria-label={`Role of ${name}`}
                  data-testid="member-role"
                  value={role}
                  onChange={(event) => void change(api.setRole(roomId, user_id, event.target.value as Role))}
                >
                  <option value="owner">Owner</option>
                  <option value="editor">Editor</option>
                  <option value="viewer">Viewer</option>
                </select>
                <Button
                  kind="quiet"
                  aria-label={`Remove ${name}`}
                  data-testid="member-remove"
                  onClick={() => void change(api.removeMember(roomId, user_id))}
                >
                  <TrashIcon />
                </Button>
              </>
            ) : (
              <span className={`badge ${role}`}>{role}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

async function allMembers(roomId: string): Promise<Member[]> {
  const members: Member[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.members(roomId, cursor, 100);
    members.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return members;
}
