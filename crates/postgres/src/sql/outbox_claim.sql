-- outbox.claim
WITH claimable AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL
       AND expires_at > $1
       AND (lease_until IS NULL OR lease_until <= $1)
     ORDER BY expires_at, message_id
     LIMIT $3
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox
   SET state = 'leased', lease_id = uuid_send(gen_random_uuid()), lease_until = $2, attempts = attempts + 1
 -- An array, not a join: the plan is made once, without knowing how few they are, and would read the whole table.
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM claimable))
RETURNING message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
