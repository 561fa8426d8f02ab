-- listing.mend: as they are now and, in the order of user_store.commit, held until they are listed so
SELECT user_id, document
  FROM users
 WHERE user_id = ANY ($1)
 ORDER BY user_id
   FOR SHARE
