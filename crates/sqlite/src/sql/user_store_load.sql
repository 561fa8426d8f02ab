-- user_store.load
FROM users
WHERE user_id IN (SELECT value FROM json_each(?1))
