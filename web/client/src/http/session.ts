import { ApiError } from './errors.js';
import { tokensFromAnswer, type Tokens, type TokenStore } from './tokens.js';
import type { TokenAnswer } from './types.js';

/** An access token that ends within this many milliseconds is renewed before it is used. */
const EARLY_MS = 10_000;

export type Refresh = (refreshToken: string) => Promise<TokenAnswer>;

/**
 * Hands out valid access tokens. Refresh tokens are used once: presenting an old one revokes the whole sign-in.
 * So only one refresh may be under way, in this tab (a shared promise) and among all tabs (a browser lock), and
 * whoever gets the lock looks first whether somebody else has refreshed meanwhile.
 */
export class Session {
  readonly store: TokenStore;
  readonly #refresh: Refresh;
  #inFlight: Promise<Tokens> | null = null;

  constructor(store: TokenStore, refresh: Refresh) {
    this.store = store;
    this.#refresh = refresh;
  }

  get signedIn(): boolean {
    return this.store.get() !== null;
  }

  /** A token that is not about to end. Throws a 401 `ApiError` when nobody is signed in. */
  async accessToken(now = Date.now()): Promise<string> {
    const tokens = this.store.get();
    if (tokens === null) throw signedOut();
    if (tokens.expiresAt - now > EARLY_MS) return tokens.accessToken;
    return (await this.renew(tokens.accessToken)).accessToken;
  }

  /** Replaces an access token that the server refused or that is about to end. */
  renew(stale: string): Promise<Tokens> {
    this.#inFlight ??= withTabLock(() => this.#renewLocked(stale)).finally(() => {
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #renewLocked(stale: string): Promise<Tokens> {
    const tokens = this.store.get();
    if (tokens === null) throw signedOut();
    if (tokens.accessToken !== stale) return tokens;
    try {
      const renewed = tokensFromAnswer(await this.#refresh(tokens.refreshToken));
      this.store.set(renewed);
      return renewed;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#forget(tokens);
      throw error;
    }
  }

  /** Ends the sign-in, unless another tab has put newer tokens there (browsers without locks). */
  #forget(tokens: Tokens): void {
    if (this.store.get()?.refreshToken === tokens.refreshToken) this.store.set(null);
  }
}

function signedOut(): ApiError {
  return new ApiError(401, { code: 'signed_out', title: 'Signed out', detail: 'Sign in to continue.' });
}

/** Browser locks exist only in secure contexts; elsewhere re-reading the store has to be enough. */
function withTabLock<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? (locks.request('meridian.refresh', work) as Promise<T>) : work();
}
