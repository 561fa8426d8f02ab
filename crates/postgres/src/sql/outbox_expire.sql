-- outbox.expire
WITH expired AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL AND expires_at <= $1
     ORDER BY expires_at, message_id
     LIMIT $2
       -- Another instance may be expiring the same, and whoever else holds one is about to settle it.
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox
   SET state = 'expired', settled_at = $1, sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM expired))
