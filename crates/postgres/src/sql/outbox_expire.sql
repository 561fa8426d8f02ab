-- outbox.expire
WITH expired AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL AND expires_at <= $1
     ORDER BY message_id
       FOR UPDATE
)
UPDATE outbox
   SET state = 'expired', settled_at = $1, sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
  FROM expired
 WHERE outbox.message_id = expired.message_id
