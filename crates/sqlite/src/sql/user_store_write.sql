-- user_store.commit: all that the commits of a batch write, but names, erasure, answers and listings, in one go, because every
-- statement that is run by itself waits for the thread that runs it. Each part takes a list of its own.
UPDATE outbox
SET state = 'superseded', sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL, settled_at = input.at
FROM (SELECT value ->> 'user_id' AS user_id, value ->> 'at' AS at FROM json_each(?)) AS input
WHERE outbox.user_id = input.user_id AND outbox.settled_at IS NULL;

-- Materialised, here and below, or each column would have the row written out as text again.
WITH input AS MATERIALIZED (SELECT value FROM json_each(?))
INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
SELECT unhex(value ->> 'message_id'), value ->> 'user_id', unhex(value ->> 'code_id'), value ->> 'created_at',
       value ->> 'expires_at', 'waiting', value ->> 'key_id', unhex(value ->> 'sealed')
FROM input;

WITH input AS MATERIALIZED (SELECT value FROM json_each(?))
INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
SELECT value ->> 'user_id', value ->> 'sequence', unhex(value ->> 'commit_id'), value ->> 'changed_at', value -> 'document'
FROM input
WHERE TRUE
ON CONFLICT (user_id) DO UPDATE
SET sequence = excluded.sequence,
    commit_id = excluded.commit_id,
    changed_at = excluded.changed_at,
    document = excluded.document;

WITH input AS MATERIALIZED (SELECT value FROM json_each(?))
INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
SELECT value ->> 'user_id', value ->> 'sequence', value ->> 'at', value ->> 'editor', value ->> 'kind', value -> 'payload'
FROM input
