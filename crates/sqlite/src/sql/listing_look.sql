-- listing.mend: who is missing, or still there after going; with ?3 everybody
SELECT users.user_id, users.document
FROM users
LEFT JOIN user_search AS listed ON listed.user_id = users.user_id
WHERE users.user_id > ?1
  AND (?3 OR (users.state = 'removed') = (listed.user_id IS NOT NULL))
ORDER BY users.user_id
LIMIT ?2
