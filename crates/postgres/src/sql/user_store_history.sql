-- user_store.history
SELECT sequence, at, editor, payload
  FROM user_events
 WHERE user_id = $1
 ORDER BY sequence
