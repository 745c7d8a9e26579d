import type { Notice } from '@meridian/client';

interface Words {
  text: string;
  tone: 'info' | 'error';
}

const REFUSALS: Record<string, string> = {
  read_only: 'You may only look at this board; your change was not accepted.',
  too_large: 'That change is too large to be saved.',
  document_full: 'This board is full. Delete something to make room.',
  too_much_pending: 'Your change could not be put in order yet; it will be sent again.',
  stalled: 'The server cannot save just now. Your changes are kept here and sent again.',
};

/** What to tell the person about a notice of the server; `null`: nothing. */
export function wordsForNotice(notice: Notice): Words | null {
  switch (notice.code) {
    case 'refused':
      return wordsForRefusal(String(notice['reason']));
    case 'stalled':
      return { text: 'Saving is delayed: the server cannot write just now. You can go on.', tone: 'info' };
    case 'resumed':
      return { text: 'Saving works again.', tone: 'info' };
    case 'restarting':
      return { text: 'The server restarts; you will be connected again in a moment.', tone: 'info' };
    default:
      return null;
  }
}

function wordsForRefusal(reason: string): Words | null {
  if (reason === 'presence_too_large') return null;
  return { text: REFUSALS[reason] ?? 'The server did not accept a change.', tone: 'error' };
}
