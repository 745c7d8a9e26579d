import { Session } from './session.js';
import { LocalTokenStore, tokensFromAnswer, type TokenStore } from './tokens.js';
import { sendSigned, Transport, type CallOptions } from './transport.js';
import type {
  Invite,
  Me,
  Member,
  Page,
  Participant,
  Role,
  Room,
  SignedIn,
  Ticket,
  TokenAnswer,
  User,
} from './types.js';

export interface ApiOptions {
  /** Where the API is, without `/v1`; default: the page's own origin. */
  baseUrl?: string;
  /** Default: `localStorage`, shared by all tabs. */
  tokens?: TokenStore;
  fetch?: typeof fetch;
}

export interface NewInvite {
  role: Exclude<Role, 'owner'>;
  /** Only this address may accept. */
  email?: string;
  /** Lifetime in seconds. */
  expires_in?: number;
  max_uses?: number;
}

/** The HTTP API, typed. Every method rejects with an `ApiError` when the server refuses or is not reached. */
export class MeridianApi {
  readonly session: Session;
  readonly #transport: Transport;

  constructor(options: ApiOptions = {}) {
    const fetchFunction = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#transport = new Transport(options.baseUrl ?? '', fetchFunction);
    this.session = new Session(options.tokens ?? new LocalTokenStore(), (refresh_token) =>
      this.#public<TokenAnswer>('/v1/auth/refresh', { refresh_token }),
    );
  }

  /** Creates an account and signs in. */
  async signUp(email: string, name: string, password: string): Promise<User> {
    return this.#enter(await this.#public<SignedIn>('/v1/auth/signup', { email, name, password }));
  }

  async signIn(email: string, password: string): Promise<User> {
    return this.#enter(await this.#public<SignedIn>('/v1/auth/signin', { email, password }));
  }

  /** Forgets the tokens even when the server is not reached: who signs out must be signed out here. */
  async signOut(): Promise<void> {
    const tokens = this.session.store.get();
    this.session.store.set(null);
    if (tokens) await this.#transport.send('POST', '/v1/auth/signout', { json: { refresh_token: tokens.refreshToken } });
  }

  me(): Promise<Me> {
    return this.#call('GET', '/v1/me');
  }

  /** Rooms that I am a member of, newest first. Pass `next_cursor` of one page to get the next. */
  rooms(cursor?: string, limit?: number): Promise<Page<Room>> {
    return this.#call('GET', '/v1/rooms', { query: { cursor, limit } });
  }

  room(id: string): Promise<Room> {
    return this.#call('GET', `/v1/rooms/${seg(id)}`);
  }

  createRoom(name: string, region?: string): Promise<Room> {
    return this.#call('POST', '/v1/rooms', { json: { name, region }, idempotent: true });
  }

  changeRoom(id: string, change: Partial<Pick<Room, 'name' | 'viewers_visible'>>): Promise<Room> {
    return this.#call('PATCH', `/v1/rooms/${seg(id)}`, { json: change });
  }

  async deleteRoom(id: string): Promise<void> {
    await this.#send('DELETE', `/v1/rooms/${seg(id)}`);
  }

  members(room: string, cursor?: string, limit?: number): Promise<Page<Member>> {
    return this.#call('GET', `/v1/rooms/${seg(room)}/members`, { query: { cursor, limit } });
  }

  async setRole(room: string, user: string, role: Role): Promise<void> {
    await this.#send('PUT', `/v1/rooms/${seg(room)}/members/${seg(user)}`, { json: { role } });
  }

  /** Takes a member's access away; one's own: leaves the room. */
  async removeMember(room: string, user: string): Promise<void> {
    await this.#send('DELETE', `/v1/rooms/${seg(room)}/members/${seg(user)}`);
  }

  createInvite(room: string, invite: NewInvite): Promise<Invite> {
    return this.#call('POST', `/v1/rooms/${seg(room)}/invites`, { json: invite, idempotent: true });
  }

  /** Joins the room of an invitation; accepting again is harmless. */
  acceptInvite(code: string): Promise<Room> {
    return this.#call('POST', `/v1/invites/${seg(code)}/accept`);
  }

  /** Who is connected now. */
  participants(room: string): Promise<Page<Participant>> {
    return this.#call('GET', `/v1/rooms/${seg(room)}/participants`);
  }

  /** A right to connect. One-use by default; `reusable` for clients that reconnect with the same ticket. */
  ticket(room: string, reusable = false): Promise<Ticket> {
    return this.#call('POST', `/v1/rooms/${seg(room)}/ticket`, { json: { reusable } });
  }

  /** Stores an image (PNG, JPEG, GIF, WebP; at most 5 MiB) under the SHA-256 of its bytes, in lower-case hex. */
  async putFile(room: string, sha256: string, file: Blob): Promise<void> {
    await this.#send('PUT', `/v1/rooms/${seg(room)}/files/${seg(sha256)}`, { bytes: { body: file, type: file.type } });
  }

  async getFile(room: string, sha256: string): Promise<Blob> {
    return (await this.#send('GET', `/v1/rooms/${seg(room)}/files/${seg(sha256)}`)).blob();
  }

  async #call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    return (await this.#send(method, path, options)).json() as Promise<T>;
  }

  #send(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    return sendSigned(this.#transport, this.session, method, path, options);
  }

  async #public<T>(path: string, json: unknown): Promise<T> {
    return (await this.#transport.send('POST', path, { json })).json() as Promise<T>;
  }

  #enter(answer: SignedIn): User {
    this.session.store.set(tokensFromAnswer(answer));
    return answer.user;
  }
}

const seg = encodeURIComponent;
