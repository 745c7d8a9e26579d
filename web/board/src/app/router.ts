import { useSyncExternalStore } from 'react';

export type Route =
  | { page: 'rooms' }
  | { page: 'signin' }
  | { page: 'signup' }
  | { page: 'board'; room: string }
  | { page: 'invite'; code: string }
  | { page: 'unknown' };

export function routeOf(path: string): Route {
  const [first = '', second, ...more] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (more.length > 0) return { page: 'unknown' };
  if (second === undefined) {
    if (first === '' || first === 'rooms') return { page: 'rooms' };
    if (first === 'signin' || first === 'signup') return { page: first };
    return { page: 'unknown' };
  }
  if (first === 'rooms') return { page: 'board', room: second };
  if (first === 'invite') return { page: 'invite', code: second };
  return { page: 'unknown' };
}

/** Goes to another page of this site without loading it anew. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}

export function usePath(): string {
  return useSyncExternalStore(
    (changed) => {
      addEventListener('popstate', changed);
      return () => removeEventListener('popstate', changed);
    },
    () => location.pathname,
  );
}

/** The way to sign in and then come back to where one is now. */
export function signInPath(here = location.pathname): string {
  return here === '/' || here === '/rooms' ? '/signin' : `/signin?next=${encodeURIComponent(here)}`;
}

/** Where to go after signing in: only paths of this site. */
export function pathAfterSignIn(search = location.search): string {
  const next = new URLSearchParams(search).get('next') ?? '';
  return /^\/(?![/\\])/.test(next) ? next : '/rooms';
}
