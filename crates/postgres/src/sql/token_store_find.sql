-- token_store.find
SELECT token_id, hash, user_id, service, grants, created_at, expires_at
  FROM tokens
 WHERE hash = $1
