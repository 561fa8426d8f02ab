-- user_store.commit: all that a commit writes, but names and erasure, in one go, because every statement that is run by itself
-- waits for the thread that runs it. Each part takes all parameters: the driver does not count past those left out.
WITH it (user_id, at, supersedes, message_id, code_id, expires_at, key_id, sealed,
         sequence, commit_id, document, expected, editor, events) AS (
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
)
UPDATE outbox
SET state = 'superseded', sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL, settled_at = (SELECT at FROM it)
WHERE user_id = (SELECT user_id FROM it) AND settled_at IS NULL AND (SELECT supersedes FROM it);

WITH it (user_id, at, supersedes, message_id, code_id, expires_at, key_id, sealed,
         sequence, commit_id, document, expected, editor, events) AS (
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
)
INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
SELECT message_id, user_id, code_id, at, expires_at, 'waiting', key_id, sealed FROM it WHERE message_id IS NOT NULL;

WITH it (user_id, at, supersedes, message_id, code_id, expires_at, key_id, sealed,
         sequence, commit_id, document, expected, editor, events) AS (
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
)
INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
SELECT user_id, sequence, commit_id, at, document FROM it WHERE TRUE
ON CONFLICT (user_id) DO UPDATE
SET sequence = excluded.sequence,
    commit_id = excluded.commit_id,
    changed_at = excluded.changed_at,
    document = excluded.document;

-- Each event is its kind and its document.
WITH it (user_id, at, supersedes, message_id, code_id, expires_at, key_id, sealed,
         sequence, commit_id, document, expected, editor, events) AS (
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
)
INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
SELECT it.user_id, it.expected + 1 + event.key, it.at, it.editor, event.value ->> 0, event.value -> 1
FROM it, json_each(it.events) AS event
