import type { Awareness } from 'y-protocols/awareness';
import type { Role, Ticket } from '../http/types.js';
import type { ConnectionFailed } from './closeCodes.js';
import type { Notice } from './messages.js';
import type { SaveStatus } from './saves.js';

export type Status =
  | 'connecting'
  /** The server has accepted the connection and speaks. */
  | 'connected'
  /** No connection; the next attempt is planned, unless `disconnect` was called. */
  | 'disconnected'
  /** Given up for good; see the event `failed`. */
  | 'failed';

export interface ProviderEvents {
  status: Status;
  /** `true` once the document holds all that the server had, `false` when the connection is lost. */
  synced: boolean;
  save: SaveStatus;
  role: Role;
  /** Everything the server has to say, `refused` included. */
  notice: Notice;
  /** A change made here was not accepted. */
  refused: { reason: string; index: number | undefined };
  failed: ConnectionFailed;
}

export interface ProviderOptions {
  room: string;
  /** Fetches a fresh one-use ticket; called before every connection and every renewal. */
  ticket: () => Promise<Ticket>;
  /** Default: a new one, found at `provider.awareness`. */
  awareness?: Awareness;
  /** Whether to connect at once; default `true`. */
  connect?: boolean;
  /** How long local updates are gathered into one message, in milliseconds; default 25. */
  batchMs?: number;
  WebSocket?: typeof WebSocket;
  /** Numbers from 0 to 1 for jitter; default `Math.random`. */
  random?: () => number;
}
