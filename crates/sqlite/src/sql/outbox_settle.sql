-- outbox.settle: those whose lease holds
UPDATE outbox
SET state = input.state, reference = input.reference, reason = input.reason, settled_at = ?2,
    sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
FROM (
    SELECT unhex(value ->> 0) AS message_id, value ->> 1 AS state, value ->> 2 AS reference, value ->> 3 AS reason
    FROM json_each(?1)
) AS input
WHERE outbox.message_id = input.message_id
