-- outbox.expire
WITH expired AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL AND expires_at <= $1
     ORDER BY expires_at, message_id
     LIMIT $2
       -- Another instance may be expiring the same, and whoever else holds one is about to settle it.
       FOR UPDATE SKIP LOCKED
),
gone AS (
    DELETE FROM outbox
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM expired))
 RETURNING user_id, message_id, code_id, created_at, expires_at, attempts
)
INSERT INTO settled_messages (user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at)
SELECT user_id, message_id, code_id, created_at, expires_at, 'expired', attempts, $1
  FROM gone
