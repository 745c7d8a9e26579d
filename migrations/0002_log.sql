-- The log of rooms: the truth (invariant 3). Fenced by epoch (invariant 2): a node appends only while room_heads.epoch is the one it took.

CREATE TABLE room_heads (
    room     TEXT   NOT NULL PRIMARY KEY,
    epoch    BIGINT NOT NULL,                  -- grows by one with every take-over
    owner    TEXT   NOT NULL,                  -- the node that took it
    head_seq BIGINT NOT NULL                   -- sequence of the newest update, 0 when there is none
);

CREATE TABLE room_updates (
    room    TEXT   NOT NULL,
    seq     BIGINT NOT NULL,                   -- 1, 2, 3 … without a gap
    epoch   BIGINT NOT NULL,
    author  TEXT,                              -- user id; NULL once the account is erased
    at      BIGINT NOT NULL,
    payload BYTEA  NOT NULL,                   -- Yjs update, encoding v1
    PRIMARY KEY (room, seq)
);

CREATE TABLE room_snapshots (
    room    TEXT   NOT NULL,
    seq     BIGINT NOT NULL,                   -- holds everything up to and with this update, what is parked too
    at      BIGINT NOT NULL,
    payload BYTEA  NOT NULL,
    PRIMARY KEY (room, seq)
);
