import * as random from 'lib0/random';
import { errorFromResponse, networkError } from './errors.js';
import { POSITION_HEADER, Positions } from './positions.js';
import type { Session } from './session.js';

export interface CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, with this media type. */
  bytes?: { body: BodyInit; type: string };
  query?: Record<string, string | number | undefined>;
  /** Marks a creation, so that repeating it after a lost answer does not create twice. */
  idempotent?: boolean;
  signal?: AbortSignal;
}

/** How long a call may take, in milliseconds, before it counts as a network failure. */
const TIMEOUT_MS = 30_000;

/** Sends calls to the API and turns what is not a success into an `ApiError`. */
export class Transport {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #positions: Positions;

  constructor(base: string, fetchFunction: typeof fetch) {
    this.#base = base.replace(/\/$/, '');
    this.#fetch = fetchFunction;
    this.#positions = new Positions(this.#base);
  }

  /** One attempt, with the access token given (none for public calls). */
  async send(method: string, path: string, options: CallOptions, accessToken?: string): Promise<Response> {
    const response = await this.#reach(this.#url(path, options.query), {
      method,
      headers: headersOf(options, accessToken, this.#positions.get()),
      body: options.bytes?.body ?? (options.json === undefined ? null : JSON.stringify(options.json)),
      signal: options.signal ?? AbortSignal.timeout(TIMEOUT_MS),
    });
    this.#positions.see(response.headers.get(POSITION_HEADER));
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  #url(path: string, query: CallOptions['query'] = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value));
    }
    return search.size > 0 ? `${this.#base}${path}?${search}` : this.#base + path;
  }

  async #reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      throw networkError(error);
    }
  }
}

/** Signs calls with the session's token; a token that is refused is renewed and the call sent once more. */
export async function sendSigned(
  transport: Transport,
  session: Session,
  method: string,
  path: string,
  options: CallOptions,
): Promise<Response> {
  const call = options.idempotent ? { ...options, key: random.uuidv4() } : options;
  const token = await session.accessToken();
  try {
    return await transport.send(method, path, call, token);
  } catch (error) {
    if (!isRefusedToken(error)) throw error;
    const renewed = await session.renew(token);
    return transport.send(method, path, call, renewed.accessToken);
  }
}

function isRefusedToken(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 401;
}

function headersOf(options: CallOptions & { key?: string }, accessToken?: string, position?: string): HeadersInit {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' };
  if (accessToken) headers['Authorization'] = `Bearer ${accessToken}`;
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  if (options.bytes) headers['Content-Type'] = options.bytes.type;
  if (position) headers[POSITION_HEADER] = position;
  if (options.key) headers['Idempotency-Key'] = options.key;
  return headers;
}
