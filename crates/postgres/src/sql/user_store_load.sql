-- user_store.load
SELECT user_id, sequence, changed_at, commit_id, document
  FROM users
 WHERE user_id = ANY ($1)
