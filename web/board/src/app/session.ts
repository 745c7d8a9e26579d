import { LocalTokenStore, MeridianApi, type User } from '@meridian/client';
import { useSyncExternalStore } from 'react';

const USER_KEY = 'meridian.user';

/** A token store that tells this tab, too, when someone signs in or out. */
class ObservedTokenStore extends LocalTokenStore {
  readonly #listeners = new Set<() => void>();

  override set(tokens: Parameters<LocalTokenStore['set']>[0]): void {
    super.set(tokens);
    this.#listeners.forEach((listener) => listener());
  }

  override subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    const stop = super.subscribe(changed);
    return () => {
      this.#listeners.delete(changed);
      stop();
    };
  }
}

const store = new ObservedTokenStore();

export const api = new MeridianApi({ tokens: store });

export async function signUp(email: string, name: string, password: string): Promise<void> {
  rememberUser(await api.signUp(email, name, password));
}

export async function signIn(email: string, password: string): Promise<void> {
  rememberUser(await api.signIn(email, password));
}

export async function signOut(): Promise<void> {
  localStorage.removeItem(USER_KEY);
  // The server also ends the sign-in when the tokens run out, so a failure here is not worth a message.
  await api.signOut().catch(() => undefined);
}

/** Who is signed in, without asking the server; it is kept so that a board opens when the server is away. */
export function currentUser(): User | null {
  const text = localStorage.getItem(USER_KEY);
  return text === null || !api.session.signedIn ? null : (JSON.parse(text) as User);
}

/** Whether somebody is signed in, in any tab of this browser. */
export function useSignedIn(): boolean {
  return useSyncExternalStore(
    (changed) => store.subscribe(changed),
    () => api.session.signedIn,
  );
}

function rememberUser(user: User): void {
  localStorage.setItem(USER_KEY, JSON.stringify(user));
}
