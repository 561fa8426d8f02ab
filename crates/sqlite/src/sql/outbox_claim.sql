-- outbox.claim
UPDATE outbox
SET state = 'leased', lease_id = randomblob(16), lease_until = ?2, attempts = attempts + 1
WHERE message_id IN (
    SELECT message_id
    FROM outbox
    WHERE settled_at IS NULL
        AND expires_at > ?1
        AND (lease_until IS NULL OR lease_until <= ?1)
    ORDER BY expires_at, message_id
    LIMIT ?3
)
RETURNING message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
