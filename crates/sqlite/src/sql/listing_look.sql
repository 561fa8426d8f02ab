-- listing.mend: everybody
SELECT user_id, document
FROM users
WHERE user_id > ?1
ORDER BY user_id
LIMIT ?2
