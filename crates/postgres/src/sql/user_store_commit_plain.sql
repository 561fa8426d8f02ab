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
      FROM unnest($9::text[], $10::bigint[], $11::text[], $12::jsonb[]) AS event (user_id, sequence, type, payload)
      JOIN won ON won.user_id = event.user_id
),
unsettled AS (
    SELECT message.message_id
      FROM won
     CROSS JOIN LATERAL (
               SELECT outbox.message_id
                 FROM outbox
                WHERE outbox.user_id = won.user_id AND outbox.state IN ('waiting', 'leased')
               OFFSET 0
           ) AS message
     WHERE won.supersedes
),
dead_messages AS (
    SELECT message_id
      FROM outbox
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM unsettled)) AND state IN ('waiting', 'leased')
     ORDER BY message_id
       FOR UPDATE
),
gone AS (
    DELETE FROM outbox
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM dead_messages))
 RETURNING user_id, message_id, code_id, created_at, expires_at, attempts
),
superseded AS (
    INSERT INTO settled_messages (user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at)
    SELECT gone.user_id, gone.message_id, gone.code_id, gone.created_at, gone.expires_at, 'superseded', gone.attempts, won.at
      FROM gone
      JOIN won ON won.user_id = gone.user_id
),
queued AS (
    INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
    SELECT message.message_id, message.user_id, message.code_id, won.at, message.expires_at, 'waiting',
           message.key_id, message.sealed
      FROM unnest($13::bytea[], $14::text[], $15::bytea[], $16::timestamptz[], $17::text[], $18::bytea[])
        AS message (message_id, user_id, code_id, expires_at, key_id, sealed)
      JOIN won ON won.user_id = message.user_id
)
SELECT user_id FROM won
