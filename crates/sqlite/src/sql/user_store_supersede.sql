-- user_store.commit: messages whose code is dead
UPDATE outbox
SET state = 'superseded', sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL, settled_at = ?2
WHERE user_id = ?1 AND settled_at IS NULL
