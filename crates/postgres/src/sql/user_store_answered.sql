-- user_store.commit, when a name or a key was refused: which of these keys have an answer
SELECT call_key
  FROM idempotency_replies
 WHERE call_key = ANY ($1)
