-- user_store.commit: one event
INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
