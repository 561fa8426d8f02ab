-- outbox.settle: those whose lease holds; which they are, comes first
SELECT json_group_array(json_array(row ->> 'message_id', row ->> 'lease_id'))
FROM (SELECT value AS row FROM jsonb_each(?1)) AS input
CROSS JOIN outbox ON outbox.message_id = unhex(row ->> 'message_id') AND outbox.lease_id = unhex(row ->> 'lease_id');

WITH input AS MATERIALIZED (SELECT value AS row FROM jsonb_each(?1))
UPDATE outbox
SET state = row ->> 'state', reference = row ->> 'reference', reason = row ->> 'reason', settled_at = ?2,
    sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
FROM input
WHERE outbox.message_id = unhex(row ->> 'message_id') AND outbox.lease_id = unhex(row ->> 'lease_id')
