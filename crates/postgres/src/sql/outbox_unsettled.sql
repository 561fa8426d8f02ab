-- outbox.unsettled
SELECT count(*) FROM outbox WHERE settled_at IS NULL
