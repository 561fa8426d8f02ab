-- user_store.commit: for batches in which nobody is created, erased, or takes or gives up a name, and no key is answered
--
-- The same as user_store_commit.sql, whose comments hold here too, without the parts that such a batch has no use for: each
-- part costs a commit, even when it finds nothing to do. The numbers of the parameters are the same.
WITH input AS (
    SELECT *
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::text[], $7::jsonb[],
                  $8::boolean[])
        AS input (user_id, expected, sequence, commit_id, at, editor, document, supersedes)
),
locked AS (
    SELECT input.*
      FROM users
      JOIN input ON input.user_id = users.user_id
     WHERE users.sequence = input.expected
     ORDER BY users.user_id
       FOR UPDATE OF users
),
won AS (
    UPDATE users
       SET sequence = locked.sequence,
           commit_id = locked.commit_id,
           changed_at = locked.at,
           document = locked.document
      FROM locked
     WHERE users.user_id = locked.user_id
 RETURNING locked.user_id, locked.at, locked.editor, locked.supersedes
),
recorded AS (
    INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
    SELECT event.user_id, event.sequence, won.at, won.editor, event.type, event.payload
      FROM unnest($10::text[], $11::bigint[], $12::text[], $13::jsonb[]) AS event (user_id, sequence, type, payload)
      JOIN won ON won.user_id = event.user_id
),
dead_messages AS (
    SELECT outbox.user_id, outbox.message_id, won.at
      FROM outbox
      JOIN won ON won.user_id = outbox.user_id
     WHERE won.supersedes AND outbox.state IN ('waiting', 'leased')
     ORDER BY outbox.message_id
       FOR UPDATE OF outbox
),
superseded AS (
    UPDATE outbox
       SET state = 'superseded', settled_at = dead_messages.at,
           sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
      FROM dead_messages
     WHERE outbox.user_id = dead_messages.user_id AND outbox.message_id = dead_messages.message_id
),
queued AS (
    INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
    SELECT message.message_id, message.user_id, message.code_id, won.at, message.expires_at, 'waiting',
           message.key_id, message.sealed
      FROM unnest($14::bytea[], $15::text[], $16::bytea[], $17::timestamptz[], $18::text[], $19::bytea[])
        AS message (message_id, user_id, code_id, expires_at, key_id, sealed)
      JOIN won ON won.user_id = message.user_id
)
SELECT user_id FROM won
