-- Users, their events, the names they hold, the messages on their way, access tokens and organisations.
-- Ids are compared byte by byte (COLLATE "C"): two that look alike are two users, whatever the database's locale.

CREATE TABLE organizations (
    organization_id text COLLATE "C" NOT NULL PRIMARY KEY,
    name            text             NOT NULL,
    created_at      timestamptz      NOT NULL
);

-- A deleted user keeps the row with its sequence, without which a late writer could bring the user back.
-- `document` is the whole state; what is searched for are columns that the database derives from it, so that the two
-- cannot disagree. They are NULL for a user who is gone.
CREATE TABLE users (
    user_id         text COLLATE "C" NOT NULL PRIMARY KEY,
    sequence        bigint           NOT NULL CHECK (sequence > 0),
    commit_id       bytea            NOT NULL CHECK (octet_length(commit_id) = 16),
    changed_at      timestamptz      NOT NULL,
    document        jsonb            NOT NULL,
    state           text COLLATE "C" NOT NULL GENERATED ALWAYS AS (document ->> 'state') STORED,
    organization_id text COLLATE "C" GENERATED ALWAYS AS (document ->> 'organization') STORED,
    username        text             GENERATED ALWAYS AS (document ->> 'username') STORED,
    email           text             GENERATED ALWAYS AS (document #>> '{email,address}') STORED,
    phone           text COLLATE "C" GENERATED ALWAYS AS (document #>> '{phone,number}') STORED,
    phone_verified  boolean          GENERATED ALWAYS AS ((document #> '{phone,verified}')::boolean) STORED,
    CHECK (state IN ('active', 'removed'))
);

CREATE TABLE user_events (
    user_id  text COLLATE "C" NOT NULL,
    sequence bigint           NOT NULL CHECK (sequence > 0),
    at       timestamptz      NOT NULL,
    editor   text             NOT NULL,
    type     text COLLATE "C" NOT NULL,
    payload  jsonb            NOT NULL,
    PRIMARY KEY (user_id, sequence)
);

-- A name that one user holds at a time.
CREATE TABLE claims (
    kind    text COLLATE "C" NOT NULL,
    value   text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (kind, value)
);

-- The sealed copy, and the id of the key that opens it, exist exactly as long as the message is unsettled.
CREATE TABLE outbox (
    message_id  bytea            NOT NULL PRIMARY KEY CHECK (octet_length(message_id) = 16),
    user_id     text COLLATE "C" NOT NULL,
    code_id     bytea            NOT NULL CHECK (octet_length(code_id) = 16),
    created_at  timestamptz      NOT NULL,
    expires_at  timestamptz      NOT NULL,
    state       text COLLATE "C" NOT NULL
        CHECK (state IN ('waiting', 'leased', 'sent', 'failed', 'superseded', 'expired')),
    key_id      text,
    sealed      bytea,
    attempts    integer          NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    lease_id    bytea CHECK (octet_length(lease_id) = 16),
    lease_until timestamptz,
    settled_at  timestamptz,
    -- The provider's id for a message that was sent.
    reference   text,
    -- Why a message was not handed off.
    reason      text COLLATE "C",
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
);
CREATE INDEX outbox_user ON outbox (user_id);
CREATE INDEX outbox_claimable ON outbox (created_at, message_id) WHERE state IN ('waiting', 'leased');
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE state IN ('waiting', 'leased');

-- A token stands for a user or for a service, which has nothing but its name.
CREATE TABLE tokens (
    token_id   text COLLATE "C" NOT NULL PRIMARY KEY,
    hash       bytea            NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    user_id    text COLLATE "C",
    service    text COLLATE "C",
    grants     jsonb            NOT NULL,
    created_at timestamptz      NOT NULL,
    expires_at timestamptz,
    CHECK ((user_id IS NULL) <> (service IS NULL))
);
CREATE INDEX tokens_user ON tokens (user_id) WHERE user_id IS NOT NULL;
