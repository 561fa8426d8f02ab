-- user_store.commit: all that the commits of a batch write, but names, erasure, answers and listings. Each part takes a list of its
-- own. Materialised, here and below, or the row would be copied out of the list again for each column.
WITH input AS MATERIALIZED (SELECT value AS row FROM jsonb_each(?))
INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
SELECT row ->> 'user_id', row ->> 'sequence', unhex(row ->> 'commit_id'), row ->> 'changed_at', row -> 'document'
FROM input
WHERE TRUE
ON CONFLICT (user_id) DO UPDATE
SET sequence = excluded.sequence,
    commit_id = excluded.commit_id,
    changed_at = excluded.changed_at,
    document = excluded.document;

WITH input AS MATERIALIZED (SELECT value AS row FROM jsonb_each(?))
INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
SELECT row ->> 'user_id', row ->> 'sequence', row ->> 'at', row ->> 'editor', row ->> 'type', row -> 'payload'
FROM input;

UPDATE outbox
SET state = 'superseded', sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL, settled_at = input.at
FROM (SELECT value ->> 'user_id' AS user_id, value ->> 'at' AS at FROM jsonb_each(?)) AS input
WHERE outbox.user_id = input.user_id AND outbox.settled_at IS NULL;

WITH input AS MATERIALIZED (SELECT value AS row FROM jsonb_each(?))
INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
SELECT unhex(row ->> 'message_id'), row ->> 'user_id', unhex(row ->> 'code_id'), row ->> 'created_at', row ->> 'expires_at',
       'waiting', row ->> 'key_id', unhex(row ->> 'sealed')
FROM input
