import type { TokenAnswer } from './types.js';

/** What a signed-in client keeps. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** When the access token ends: milliseconds since 1970 on this machine's clock. */
  expiresAt: number;
}

/** Where tokens are kept. The store is shared by everything that acts for the same sign-in (e.g. all tabs). */
export interface TokenStore {
  get(): Tokens | null;
  set(tokens: Tokens | null): void;
  /** Calls back when somebody else (another tab) changed the tokens. Returns the way to stop. */
  subscribe?(changed: () => void): () => void;
}

export function tokensFromAnswer(answer: TokenAnswer, now = Date.now()): Tokens {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: now + answer.expires_in * 1000,
  };
}

/** Keeps tokens for the life of the object: for tests and for programs that run once. */
export class MemoryTokenStore implements TokenStore {
  #tokens: Tokens | null = null;

  get(): Tokens | null {
    return this.#tokens;
  }

  set(tokens: Tokens | null): void {
    this.#tokens = tokens;
  }
}

/** Keeps tokens in `localStorage`, so that all tabs of a browser share one sign-in. */
export class LocalTokenStore implements TokenStore {
  readonly #key: string;

  constructor(key = 'meridian.tokens') {
    this.#key = key;
  }

  get(): Tokens | null {
    const text = localStorage.getItem(this.#key);
    if (text === null) return null;
    try {
      return JSON.parse(text) as Tokens;
    } catch {
      return null;
    }
  }

  set(tokens: Tokens | null): void {
    if (tokens === null) localStorage.removeItem(this.#key);
    else localStorage.setItem(this.#key, JSON.stringify(tokens));
  }

  subscribe(changed: () => void): () => void {
    const listener = (event: StorageEvent) => {
      if (event.key === this.#key || event.key === null) changed();
    };
    addEventListener('storage', listener);
    return () => removeEventListener('storage', listener);
  }
}
