-- user_store.commit: a name taken, which no other user holds
INSERT INTO claims (kind, value, user_id)
VALUES (?1, ?2, ?3)
ON CONFLICT (kind, value) DO NOTHING
