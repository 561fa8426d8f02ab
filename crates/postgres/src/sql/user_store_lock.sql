-- user_store.commit, when a name or a key was refused: the users of the batch, locked in the order of user_store_commit.sql
SELECT user_id, sequence
  FROM users
 WHERE user_id = ANY ($1)
 ORDER BY user_id
   FOR UPDATE
