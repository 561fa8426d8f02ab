-- One index serves whoever claims and whoever expires: messages are claimed in the order in which they expire, which is the order
-- in which they came as long as all codes live equally long. Of two indexes the planner took the one that finds what is
-- not expired, which is everything, and sorted it for each claim. A replica from before this step claims by age until it is
-- replaced, and sorts what is unsettled.
DROP INDEX outbox_claimable;
DROP INDEX outbox_expiring;
CREATE INDEX outbox_claimable ON outbox (expires_at, message_id) WHERE settled_at IS NULL;
