-- user_store.commit: where the users of a batch stand
SELECT user_id, sequence FROM users WHERE user_id IN (SELECT value FROM json_each(?1))
