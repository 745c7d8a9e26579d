import { LocalTokenStore, MeridianApi, type User } from '@meridian/client';
import { useMemo, useSyncExternalStore } from 'react';

const USER_KEY = 'meridian.user';

const listeners = new Set<() => void>();

/** Tells this tab, too, when the sign-in ends, e.g. because the server refused to renew it. */
class PageTokenStore extends LocalTokenStore {
  override set(value: Parameters<LocalTokenStore['set']>[0]): void {
    super.set(value);
    listeners.forEach((listener) => listener());
  }
}

const tokens = new PageTokenStore();

export const api = new MeridianApi({ tokens });

export async function signUp(email: string, name: string, password: string): Promise<void> {
  remember(await api.signUp(email, name, password));
}

export async function signIn(email: string, password: string): Promise<void> {
  remember(await api.signIn(email, password));
}

export async function signOut(): Promise<void> {
  const done = api.signOut();
  remember(null);
  // The server also ends the sign-in when the tokens run out, so a failure here is not worth a message.
  await done.catch(() => undefined);
}

/** Who is signed in, without asking the server; it is kept so that a board opens when the server is away. */
export function currentUser(): User | null {
  const text = userText();
  return text === null ? null : (JSON.parse(text) as User);
}

/** Who is signed in, in any tab of this browser. */
export function useCurrentUser(): User | null {
  const text = useSyncExternalStore(subscribe, userText);
  return useMemo(() => (text === null ? null : (JSON.parse(text) as User)), [text]);
}

function userText(): string | null {
  return api.session.signedIn ? localStorage.getItem(USER_KEY) : null;
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  const stop = tokens.subscribe(changed);
  return () => {
    listeners.delete(changed);
    stop();
  };
}

function remember(user: User | null): void {
  if (user) localStorage.setItem(USER_KEY, JSON.stringify(user));
  else localStorage.removeItem(USER_KEY);
  listeners.forEach((listener) => listener());
}
