import type { ConnectionFailed } from '@meridian/client';
import { signOut } from '../app/session';
import { MessagePage } from '../ui/MessagePage';
import { NoSuchBoard } from './BoardPage';

/** What to say when the connection has ended for good. */
export function Failure({ failure }: { failure: ConnectionFailed }) {
  if (failure.reason === 'not_found') return <NoSuchBoard />;
  if (failure.reason === 'forbidden') {
    return <MessagePage title="You no longer have access" text="Somebody took your access to this board away." />;
  }
  if (failure.reason === 'unauthorized') {
    return (
      <MessagePage
        title="You are signed out"
        text="Sign in again to go on. What you drew is kept in this browser."
        action={{ label: 'Sign in', run: () => void signOut() }}
      />
    );
  }
  return (
    <MessagePage
      title="The connection had to stop"
      text="The server did not accept what this window sent. What you drew is kept in this browser; load the page again to go on."
      detail={`${failure.reason} (${failure.code})`}
      action={{ label: 'Load again', run: () => location.reload() }}
    />
  );
}
