-- listing.mend: everybody, and as what they are listed
SELECT users.user_id, users.document, to_jsonb(listed) AS listing
  FROM users
  LEFT JOIN user_search AS listed ON listed.user_id = users.user_id
 WHERE users.user_id > $1
 ORDER BY users.user_id
 LIMIT $2
