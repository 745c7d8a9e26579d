import { Avatar } from '../ui/Avatar';
import type { Person } from './presence';

const SHOWN = 4;

/** Who is here: the first few as avatars, all of them in a list that opens. */
export function People({ people }: { people: Person[] }) {
  const more = people.length - SHOWN;
  return (
    <details className="people" data-testid="people" data-count={people.length}>
      <summary title={people.map(({ name }) => name).join(', ')} aria-label={`${people.length} here`}>
        {people.slice(0, SHOWN).map(({ id, name }) => (
          <Avatar key={id} id={id} name={name} />
        ))}
        {more > 0 && <span className="avatar more">+{more}</span>}
      </summary>
      <ul>
        {people.map(({ id, name, role, isMe }) => (
          <li key={id} data-testid="person" data-user-id={id}>
            <Avatar id={id} name={name} />
            <span>
              {name} {isMe && <span className="muted">(you)</span>}
            </span>
            {role && <span className={`badge ${role}`}>{role}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
