-- Accounts, sign-ins, rooms and who may enter them.
--
-- One text for SQLite, D1, Spin's SQLite and Postgres: ids and hashes are TEXT, times are milliseconds since 1970 in BIGINT, booleans are 0 or 1 in BIGINT,
-- bytes are BYTEA (which SQLite takes as a name without an opinion).

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL,             -- as the person wrote it
    email_key     TEXT   NOT NULL UNIQUE,      -- lower case: what makes two addresses the same
    name          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,             -- PHC string, Argon2id
    email_verified BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL
);

-- A sign-in: the family of refresh tokens that began with one password check. Every exchange begins a new generation.
CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT,                         -- signed out, or a token was used twice
    generation BIGINT NOT NULL DEFAULT 0,      -- of the newest tokens, of which none was exchanged yet
    rotated_at BIGINT NOT NULL DEFAULT 0       -- when that generation began
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    hash       TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 of the token, hex; the token itself is never stored
    session_id TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL,
    issued_at  BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, generation);

CREATE TABLE rooms (
    id              TEXT   NOT NULL PRIMARY KEY,
    name            TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    region          TEXT   NOT NULL,
    viewers_visible BIGINT NOT NULL DEFAULT 1, -- whether viewers send presence (PRES-5)
    created_by      TEXT,                      -- NULL once the account is erased
    created_at      BIGINT NOT NULL,
    deleted_at      BIGINT
);

CREATE TABLE members (
    room_id   TEXT   NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id   TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role      TEXT   NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
-- "My rooms, newest first": room ids are UUIDv7, so their order is the order of creation.
CREATE INDEX members_by_user ON members (user_id, room_id);

CREATE TABLE invites (
    code_hash  TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 of the code, hex
    room_id    TEXT   NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    role       TEXT   NOT NULL CHECK (role IN ('editor', 'viewer')),
    email_key  TEXT,                           -- only this address may accept
    created_by TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    max_uses   BIGINT NOT NULL,
    uses       BIGINT NOT NULL DEFAULT 0,
    last_use   TEXT                            -- id of the accept call that counted last: the condition of its batch
);
CREATE INDEX invites_by_room ON invites (room_id);

-- Answers already given, by the caller's Idempotency-Key. Written in the same batch as what the call creates.
CREATE TABLE idempotency (
    user_id      TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,              -- SHA-256 of method, path and body, hex
    status       BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
