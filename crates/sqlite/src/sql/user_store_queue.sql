-- user_store.commit: the message to send
INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7)
