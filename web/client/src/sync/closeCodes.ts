/** Why the provider gave up for good. */
export type FailureReason =
  | 'malformed'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'too_large';

/** What to do after a socket closed. */
export type Reaction =
  | { kind: 'stop'; reason: FailureReason }
  /** Connect again at once; a fresh ticket is fetched for every connection anyway. */
  | { kind: 'again' }
  /** The server asked for time: wait at least `floorMs`, and a random part on top so that not all come back at once. */
  | { kind: 'wait'; floorMs: number }
  /** Nothing special is known: exponential backoff. */
  | { kind: 'backoff' };

const REACTIONS: Record<number, Reaction> = {
  4400: { kind: 'stop', reason: 'malformed' },
  4401: { kind: 'again' },
  4403: { kind: 'stop', reason: 'forbidden' },
  4404: { kind: 'stop', reason: 'not_found' },
  4409: { kind: 'again' },
  4413: { kind: 'stop', reason: 'too_large' },
  4429: { kind: 'wait', floorMs: 2_000 },
  1012: { kind: 'wait', floorMs: 0 },
  1013: { kind: 'wait', floorMs: 2_000 },
};

/** The table "close codes" of the room protocol. */
export function reactionTo(closeCode: number): Reaction {
  return REACTIONS[closeCode] ?? { kind: 'backoff' };
}

/** The provider has stopped and will not try again by itself. */
export class ConnectionFailed extends Error {
  readonly reason: FailureReason;
  /** The socket's close code, or the HTTP status when the ticket call was refused. */
  readonly code: number;

  constructor(reason: FailureReason, code: number, message: string) {
    super(message || reason);
    this.name = 'ConnectionFailed';
    this.reason = reason;
    this.code = code;
  }
}
