-- outbox.expire
UPDATE outbox
SET state = 'expired', settled_at = ?1, sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
WHERE settled_at IS NULL AND expires_at <= ?1
