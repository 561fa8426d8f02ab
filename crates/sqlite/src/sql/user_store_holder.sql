-- user_store.commit: whether another user holds the name
SELECT user_id FROM claims WHERE kind = ?1 AND value = ?2 AND user_id <> ?3
