-- listing.fill
-- Held, in the order of user_store.commit, until they are entered: nobody who is deleted meanwhile is entered afterwards.
SELECT users.user_id, users.document
  FROM users
 WHERE users.user_id > $1
   AND users.state <> 'removed'
   AND NOT EXISTS (SELECT FROM user_search WHERE user_search.user_id = users.user_id)
 ORDER BY users.user_id
 LIMIT $2
   FOR SHARE OF users
