import type { MeridianProvider, User } from '@meridian/client';
import { useEffect, useState } from 'react';
import { peopleOf, type Person, type PresenceState } from './presence';

/** Who is on the board now, I included. */
export function usePeople(provider: MeridianProvider | null, me: User): Person[] {
  const [people, setPeople] = useState<Person[]>(() => peopleOf(new Map(), me));
  useEffect(() => {
    if (!provider) return;
    const { awareness } = provider;
    const update = () => {
      const next = peopleOf(awareness.getStates() as Map<number, PresenceState>, me);
      // Presence changes with every move of a pointer; who is here does not.
      setPeople((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    update();
    awareness.on('change', update);
    return () => awareness.off('change', update);
  }, [provider, me.id, me.name]);
  return people;
}
