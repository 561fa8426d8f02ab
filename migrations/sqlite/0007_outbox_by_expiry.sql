-- One index serves whoever claims and whoever expires: messages are claimed in the order in which they expire, which is the order
-- in which they came as long as all codes live equally long.
DROP INDEX outbox_claimable;
DROP INDEX outbox_expiring;
CREATE INDEX outbox_claimable ON outbox (expires_at, message_id) WHERE settled_at IS NULL;
