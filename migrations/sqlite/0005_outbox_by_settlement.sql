-- The outbox's indexes tell what is unsettled by `settled_at` instead of `state`, so that claiming a message, which changes
-- the state, writes no index. PostgreSQL's part about cleaning up has no equal here: SQLite updates rows in place; nor has
-- the key that begins with the user, since one file is one database.
DROP INDEX outbox_claimable;
DROP INDEX outbox_expiring;
CREATE INDEX outbox_claimable ON outbox (created_at, message_id) WHERE settled_at IS NULL;
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE settled_at IS NULL;

-- Finds what was settled long ago and is to be forgotten.
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
