-- Calls that came with an Idempotency-Key. `call_key` is a hash of caller, operation and key.

-- Which calls are being carried out. A claim that has run out is nobody's.
CREATE TABLE idempotency_claims (
    call_key           bytea       NOT NULL PRIMARY KEY CHECK (octet_length(call_key) = 32),
    lease_id           bytea       NOT NULL CHECK (octet_length(lease_id) = 16),
    lease_until        timestamptz NOT NULL,
    fingerprint_key_id text        NOT NULL,
    fingerprint        bytea       NOT NULL CHECK (octet_length(fingerprint) = 32)
);
CREATE INDEX idempotency_claims_lapsing ON idempotency_claims (lease_until);

-- What the others were answered, in the transaction that did what they asked for: that a key stands here once is what
-- makes a call take effect once.
CREATE TABLE idempotency_replies (
    call_key           bytea       NOT NULL CHECK (octet_length(call_key) = 32),
    fingerprint_key_id text        NOT NULL,
    fingerprint        bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    key_id             text        NOT NULL,
    sealed             bytea       NOT NULL,
    expires_at         timestamptz NOT NULL,
    CONSTRAINT idempotency_replies_pkey PRIMARY KEY (call_key)
);
CREATE INDEX idempotency_replies_expiring ON idempotency_replies (expires_at);
