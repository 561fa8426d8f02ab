-- outbox.claim
WITH claimable AS (
    SELECT message_id
      FROM outbox
     WHERE state IN ('waiting', 'leased')
       AND expires_at > $1
       AND (lease_until IS NULL OR lease_until <= $1)
     ORDER BY created_at, message_id
     LIMIT $3
       FOR UPDATE SKIP LOCKED
),
claimed AS (
    UPDATE outbox
       SET state = 'leased', lease_id = uuid_send(gen_random_uuid()), lease_until = $2, attempts = attempts + 1
      FROM claimable
     WHERE outbox.message_id = claimable.message_id
 RETURNING outbox.message_id, user_id, code_id, created_at, expires_at, key_id, sealed, lease_id, attempts
)
SELECT message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
  FROM claimed
 ORDER BY created_at, message_id
