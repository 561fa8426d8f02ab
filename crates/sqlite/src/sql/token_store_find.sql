-- token_store.find
SELECT token_id, hash, user_id, service, grants, created_at, expires_at,
       (SELECT standing FROM users WHERE users.user_id = tokens.user_id) AS holder
FROM tokens
WHERE hash = ?1
