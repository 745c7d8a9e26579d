import type { Collaborator, CollaboratorPointer, SocketId } from '@excalidraw/excalidraw/types';
import type { Role } from '@meridian/client';

/** What a person's presence holds. `user` is stamped by the server. */
export interface PresenceState {
  user?: { id?: string; name?: string; role?: Role };
  pointer?: CollaboratorPointer;
  button?: 'up' | 'down';
  selectedElementIds?: Record<string, true>;
}

/** Somebody who is on the board now. */
export interface Person {
  id: string;
  name: string;
  role: Role | undefined;
  isMe: boolean;
}

/** The others, as Excalidraw draws them: one cursor per connection. */
export function collaboratorsOf(states: ReadonlyMap<number, PresenceState>, ownId: number): Map<SocketId, Collaborator> {
  const collaborators = new Map<SocketId, Collaborator>();
  for (const [clientId, state] of states) {
    if (clientId !== ownId) collaborators.set(String(clientId) as SocketId, collaboratorOf(clientId, state));
  }
  return collaborators;
}

function collaboratorOf(clientId: number, { user, pointer, button, selectedElementIds }: PresenceState): Collaborator {
  return {
    id: user?.id ?? String(clientId),
    socketId: String(clientId) as SocketId,
    username: user?.name ?? 'Somebody',
    ...(pointer && { pointer }),
    ...(button && { button }),
    ...(selectedElementIds && { selectedElementIds }),
  };
}

/** Who is here: each person once, however many windows are open; I come first. */
export function peopleOf(states: ReadonlyMap<number, PresenceState>, me: { id: string; name: string }): Person[] {
  const people = new Map<string, Person>([[me.id, { ...me, role: undefined, isMe: true }]]);
  for (const { user } of states.values()) {
    if (user?.id && !people.has(user.id)) {
      people.set(user.id, { id: user.id, name: user.name ?? 'Somebody', role: user.role, isMe: false });
    }
  }
  return [...people.values()];
}
