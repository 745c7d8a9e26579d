-- What the edge and the origin nodes tell each other when Redis can't, or lost it.

-- Nodes that said a moment ago that they live. Redis knows it sooner.
CREATE TABLE nodes (
    id       TEXT   NOT NULL PRIMARY KEY,
    region   TEXT   NOT NULL,
    url      TEXT   NOT NULL,              -- where the edge reaches it
    sync_url TEXT   NOT NULL,              -- where clients reach it
    seen_at  BIGINT NOT NULL
);

-- Rights that ended or changed, written with the change itself. Nodes read it twice a second, so that a lost message costs a moment and never a right.
-- A session alone: it ended. A person alone: erased. A person and a room: membership. A room alone: changed or deleted.
CREATE TABLE revocations (
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    session_id TEXT,
    user_id    TEXT,
    room_id    TEXT
);
CREATE INDEX revocations_by_age ON revocations (at);
