import { lazy, Suspense, useEffect } from 'react';
import { AuthPage } from '../auth/AuthPage';
import { InvitePage } from '../invite/InvitePage';
import { RoomsPage } from '../rooms/RoomsPage';
import { Loading } from '../ui/Loading';
import { MessagePage } from '../ui/MessagePage';
import { ToastHost } from '../ui/toast';
import { navigate, pathAfterSignIn, routeOf, signInPath, usePath, type Route } from './router';
import { useCurrentUser } from './session';

// Excalidraw is most of the page's weight; whoever signs in or looks at the list need not wait for it.
const BoardPage = lazy(() => import('../board/BoardPage'));

export function App() {
  const route = routeOf(usePath());
  const signedIn = useCurrentUser() !== null;
  const redirect = redirectOf(route, signedIn);
  useEffect(() => {
    if (redirect) navigate(redirect, { replace: true });
  }, [redirect]);
  return (
    <>
      {redirect ? null : <Suspense fallback={<Loading />}>{pageOf(route)}</Suspense>}
      <ToastHost />
    </>
  );
}

function redirectOf(route: Route, signedIn: boolean): string | null {
  if (route.page === 'signin' || route.page === 'signup') return signedIn ? pathAfterSignIn() : null;
  return signedIn || route.page === 'unknown' ? null : signInPath();
}

function pageOf(route: Route) {
  switch (route.page) {
    case 'signin':
    case 'signup':
      return <AuthPage key={route.page} mode={route.page} />;
    case 'rooms':
      return <RoomsPage />;
    case 'invite':
      return <InvitePage code={route.code} />;
    case 'board':
      return <BoardPage key={route.room} roomId={route.room} />;
    case 'unknown':
      return <MessagePage title="Nothing here" text="This address does not lead anywhere." />;
  }
}
