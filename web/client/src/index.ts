export { MeridianApi, type ApiOptions, type NewInvite } from './http/api.js';
export { ApiError, type Problem } from './http/errors.js';
export { Session } from './http/session.js';
export { LocalTokenStore, MemoryTokenStore, type Tokens, type TokenStore } from './http/tokens.js';
export type * from './http/types.js';
export { ConnectionFailed, type FailureReason } from './sync/closeCodes.js';
export type { Notice } from './sync/messages.js';
export { MeridianProvider, type ProviderEvents, type ProviderOptions, type Status } from './sync/provider.js';
export type { SaveState, SaveStatus } from './sync/saves.js';
