-- The outbox's indexes tell what is unsettled by `settled_at` instead of `state`: claiming a message changes the state, and
-- while an index depends on it, every claim writes a new entry into each index of the table. Without that, and with room
-- left in every page, a claim stays in its page and touches no index (a "heap-only tuple").
CREATE INDEX outbox_claimable_2 ON outbox (created_at, message_id) WHERE settled_at IS NULL;
CREATE INDEX outbox_expiring_2 ON outbox (expires_at) WHERE settled_at IS NULL;
DROP INDEX outbox_claimable;
DROP INDEX outbox_expiring;
ALTER INDEX outbox_claimable_2 RENAME TO outbox_claimable;
ALTER INDEX outbox_expiring_2 RENAME TO outbox_expiring;

-- Every key of what belongs to a user begins with the user, so that users can be spread over several databases. A message is
-- found by its id alone, too, which is drawn from 128 random bits and unique without being checked.
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey;
ALTER TABLE outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (user_id, message_id);
DROP INDEX outbox_user;
CREATE INDEX outbox_message ON outbox (message_id);

-- Finds what was settled long ago and is to be forgotten. New entries come at its end, where they cost least.
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;

-- Room for one more version of every row in its page, and for a claim of every message that is not claimed yet.
ALTER TABLE users SET (fillfactor = 80);
ALTER TABLE outbox SET (fillfactor = 50);

-- By default a table is cleaned up when a fifth of it is dead, and that at a pace which spares the disk. Here every message
-- dies soon after it was written, and whoever claims the oldest reads past the dead ones: a table of this kind is cleaned
-- early and at full speed.
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.05
);
ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
-- Only ever inserted into: cleaning it up now and then marks its pages as visible to all and frozen, before it has to be
-- done all at once.
ALTER TABLE user_events SET (autovacuum_vacuum_insert_scale_factor = 0.05);
