-- outbox.claim: those that expire first
DELETE FROM temp.claimed;

INSERT INTO temp.claimed (message_id, lease_id)
SELECT message_id, randomblob(16)
FROM outbox
WHERE settled_at IS NULL
    AND expires_at > ?2
    AND (lease_until IS NULL OR lease_until <= ?2)
ORDER BY expires_at, message_id
LIMIT ?4;

UPDATE outbox
SET state = 'leased', lease_id = claimed.lease_id, lease_until = ?3, attempts = attempts + 1
FROM temp.claimed AS claimed
WHERE outbox.message_id = claimed.message_id;

SELECT json_group_array(json_object(
    'message_id', hex(message_id), 'user_id', user_id, 'code_id', hex(code_id), 'expires_at', expires_at,
    'key_id', key_id, 'sealed', hex(sealed), 'lease_id', hex(outbox.lease_id), 'attempt', attempts
))
FROM temp.claimed AS claimed CROSS JOIN outbox USING (message_id)
