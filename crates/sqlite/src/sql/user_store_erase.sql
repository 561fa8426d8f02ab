-- user_store.commit: all that is kept of a user who goes, before the last events are recorded
DELETE FROM user_events WHERE user_id = ?1;
DELETE FROM outbox WHERE user_id = ?1;
DELETE FROM tokens WHERE user_id = ?1;
DELETE FROM user_search WHERE user_id = ?1;
