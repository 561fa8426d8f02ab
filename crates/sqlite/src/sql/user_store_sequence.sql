-- user_store.commit: whether the commit is still the latest
SELECT sequence FROM users WHERE user_id = ?1
