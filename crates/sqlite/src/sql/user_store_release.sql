-- user_store.commit: a name given back
DELETE FROM claims WHERE kind = ?1 AND value = ?2 AND user_id = ?3
