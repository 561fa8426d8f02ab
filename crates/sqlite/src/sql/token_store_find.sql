-- token_store.find
SELECT token_id, hash, user_id, service, grants, created_at, expires_at
FROM tokens
WHERE hash = ?1
    AND NOT EXISTS (
        SELECT 1 FROM users WHERE users.user_id = tokens.user_id AND users.standing IN ('inactive', 'locked')
    )
