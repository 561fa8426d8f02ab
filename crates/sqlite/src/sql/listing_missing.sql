-- listing.fill
SELECT user_id, document
FROM users
WHERE user_id > ?1
  AND state <> 'removed'
  AND NOT EXISTS (SELECT 1 FROM user_search WHERE user_search.user_id = users.user_id)
ORDER BY user_id
LIMIT ?2
