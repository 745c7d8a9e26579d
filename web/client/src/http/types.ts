/** Times are RFC 3339 UTC strings, ids are UUIDv7 strings. Field names are the API's own. */

export type Role = 'owner' | 'editor' | 'viewer';

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface Me extends User {
  email_verified: boolean;
  created_at: string;
}

/** The answer of sign-up and sign-in; `expires_in` is in seconds. */
export interface SignedIn extends TokenAnswer {
  user: User;
}

/** The answer of a token refresh; `expires_in` is in seconds. */
export interface TokenAnswer {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

export interface Room {
  id: string;
  name: string;
  kind: string;
  region: string;
  role: Role;
  /** Whether others see who only looks on. */
  viewers_visible: boolean;
  created_at: string;
}

export interface Member {
  user_id: string;
  name: string;
  role: Role;
  joined_at: string;
}

export interface Invite {
  code: string;
  role: Role;
  url: string;
  expires_at: string | null;
}

export interface Participant {
  user_id: string;
  name: string;
  role: Role;
  connected_at: string;
}

/** The right to open one connection to a room, and where to open it. */
export interface Ticket {
  /** The socket's address without the room: the room's id is appended after a slash. */
  url: string;
  ticket: string;
  region: string;
  node: string;
  role: Role;
  expires_at: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface FieldError {
  field: string;
  message: string;
}
