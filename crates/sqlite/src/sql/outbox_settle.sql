-- outbox.settle
UPDATE outbox
SET state = ?3, reference = ?4, reason = ?5, settled_at = ?6,
    sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
WHERE message_id = ?1 AND state = 'leased' AND lease_id = ?2
