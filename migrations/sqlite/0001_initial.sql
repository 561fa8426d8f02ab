-- Users, their events, the names they hold, the messages on their way, access tokens and organisations.
-- Instants are whole microseconds since the Unix epoch. Texts compare byte by byte, which is SQLite's default.

CREATE TABLE organizations (
    organization_id TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A deleted user keeps the row with its sequence, without which a late writer could bring the user back.
-- `document` is the whole state; what is searched for are columns that the database derives from it, so that the two
-- cannot disagree. They are NULL for a user who is gone.
CREATE TABLE users (
    user_id         TEXT    NOT NULL PRIMARY KEY,
    sequence        INTEGER NOT NULL CHECK (sequence > 0),
    commit_id       BLOB    NOT NULL CHECK (length(commit_id) = 16),
    changed_at      INTEGER NOT NULL,
    document        TEXT    NOT NULL CHECK (json_valid(document)),
    state           TEXT    NOT NULL GENERATED ALWAYS AS (document ->> '$.state') STORED,
    organization_id TEXT    GENERATED ALWAYS AS (document ->> '$.organization') STORED,
    username        TEXT    GENERATED ALWAYS AS (document ->> '$.username') STORED,
    email           TEXT    GENERATED ALWAYS AS (document ->> '$.email.address') STORED,
    phone           TEXT    GENERATED ALWAYS AS (document ->> '$.phone.number') STORED,
    phone_verified  INTEGER GENERATED ALWAYS AS (document ->> '$.phone.verified') STORED,
    CHECK (state IN ('active', 'removed'))
) STRICT;

CREATE TABLE user_events (
    user_id  TEXT    NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    at       INTEGER NOT NULL,
    editor   TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    payload  TEXT    NOT NULL CHECK (json_valid(payload)),
    PRIMARY KEY (user_id, sequence)
) STRICT, WITHOUT ROWID;

-- A name that one user holds at a time.
CREATE TABLE claims (
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

-- The sealed copy, and the id of the key that opens it, exist exactly as long as the message is unsettled.
CREATE TABLE outbox (
    message_id  BLOB    NOT NULL PRIMARY KEY CHECK (length(message_id) = 16),
    user_id     TEXT    NOT NULL,
    code_id     BLOB    NOT NULL CHECK (length(code_id) = 16),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    state       TEXT    NOT NULL
        CHECK (state IN ('waiting', 'leased', 'sent', 'failed', 'superseded', 'expired')),
    key_id      TEXT,
    sealed      BLOB,
    attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    lease_id    BLOB CHECK (length(lease_id) = 16),
    lease_until INTEGER,
    settled_at  INTEGER,
    -- The provider's id for a message that was sent.
    reference   TEXT,
    -- Why a message was not handed off.
    reason      TEXT,
    CONSTRAINT outbox_sealed_while_unsettled CHECK (
        (state IN ('waiting', 'leased')) = (sealed IS NOT NULL)
        AND (sealed IS NULL) = (key_id IS NULL)
        AND (sealed IS NULL) = (settled_at IS NOT NULL)
    ),
    CONSTRAINT outbox_lease_while_leased CHECK (
        (state = 'leased') = (lease_id IS NOT NULL) AND (lease_id IS NULL) = (lease_until IS NULL)
    ),
    CHECK ((state = 'sent') = (reference IS NOT NULL)),
    CHECK ((state = 'failed') = (reason IS NOT NULL))
) STRICT;
CREATE INDEX outbox_user ON outbox (user_id);
CREATE INDEX outbox_claimable ON outbox (created_at, message_id) WHERE state IN ('waiting', 'leased');
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE state IN ('waiting', 'leased');

-- A token stands for a user or for a service, which has nothing but its name.
CREATE TABLE tokens (
    token_id   TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id    TEXT,
    service    TEXT,
    grants     TEXT    NOT NULL CHECK (json_valid(grants)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    CHECK ((user_id IS NULL) <> (service IS NULL))
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id) WHERE user_id IS NOT NULL;
