-- user_store.commit: where the users of a batch stand
SELECT json_group_object(user_id, sequence)
FROM users
WHERE user_id IN (SELECT value FROM json_each(?1))
