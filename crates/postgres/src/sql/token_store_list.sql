-- token_store.list
SELECT token_id, hash, user_id, service, grants, created_at, expires_at
  FROM tokens
 ORDER BY created_at, token_id
