-- Calls that came with an Idempotency-Key. `call_key` is a hash of caller, operation and key.

-- Which calls are being carried out. A claim that has run out is nobody's.
CREATE TABLE idempotency_claims (
    call_key           BLOB    NOT NULL PRIMARY KEY CHECK (length(call_key) = 32),
    lease_id           BLOB    NOT NULL CHECK (length(lease_id) = 16),
    lease_until        INTEGER NOT NULL,
    fingerprint_key_id TEXT    NOT NULL,
    fingerprint        BLOB    NOT NULL CHECK (length(fingerprint) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_claims_lapsing ON idempotency_claims (lease_until);

-- What the others were answered, in the transaction that did what they asked for: that a key stands here once is what
-- makes a call take effect once.
CREATE TABLE idempotency_replies (
    call_key           BLOB    NOT NULL PRIMARY KEY CHECK (length(call_key) = 32),
    fingerprint_key_id TEXT    NOT NULL,
    fingerprint        BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    key_id             TEXT    NOT NULL,
    sealed             BLOB    NOT NULL,
    expires_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_replies_expiring ON idempotency_replies (expires_at);
