import { useEffect, useState } from 'react';
import { ApiError } from '@meridian/client';
import { navigate } from '../app/router';
import { api } from '../app/session';
import { Loading } from '../ui/Loading';
import { MessagePage } from '../ui/MessagePage';
import { asApiError } from '../ui/useSubmit';

/** Accepts an invitation and opens its board. Only shown to somebody who is signed in. */
export function InvitePage({ code }: { code: string }) {
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    let left = false;
    api
      .acceptInvite(code)
      .then((room) => left || navigate(`/rooms/${room.id}`, { replace: true }))
      .catch((refusal: unknown) => left || setError(asApiError(refusal)));
    return () => {
      left = true;
    };
  }, [code]);
  if (!error) return <Loading label="Opening the board…" />;
  return <MessagePage title="This invitation does not work" text={wordsFor(error)} />;
}

function wordsFor(error: ApiError): string {
  if (error.status === 0) return 'The server could not be reached. Try the link again in a moment.';
  if (error.status === 404 || error.status === 410) return 'It has expired, was used up, or was taken back. Ask for a new link.';
  return error.message;
}
