-- user_store.commit
WITH input AS (
    SELECT *
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::text[], $7::jsonb[],
                  $8::boolean[])
        AS input (user_id, expected, sequence, commit_id, at, editor, document, supersedes)
),
-- Every batch locks in the same order, so that batches of different instances never deadlock: users who exist, by id;
-- then users who come into being, by id; then names. Messages are those of users who are locked by then; it is for
-- outbox.settle and outbox.expire that they are locked by id.
-- What is to be written comes along, so that nothing has to be looked up in the input again, which has no index.
locked AS (
    SELECT input.*
      FROM users
      JOIN input ON input.user_id = users.user_id
     WHERE users.sequence = input.expected
     ORDER BY users.user_id
       FOR UPDATE OF users
),
updated AS (
    UPDATE users
       SET sequence = locked.sequence,
           commit_id = locked.commit_id,
           changed_at = locked.at,
           document = locked.document
      FROM locked
     WHERE users.user_id = locked.user_id
 RETURNING locked.user_id, locked.at, locked.editor, locked.supersedes
),
created AS (
    INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
    SELECT user_id, sequence, commit_id, at, document
      FROM input
     -- Counting is what makes this wait for the locks.
     WHERE expected = 0 AND (SELECT count(*) FROM locked) >= 0
     ORDER BY user_id
        ON CONFLICT (user_id) DO NOTHING
 RETURNING user_id
),
won AS (
    SELECT user_id, at, editor, supersedes
      FROM updated
     UNION ALL
    SELECT input.user_id, input.at, input.editor, input.supersedes
      FROM created
      JOIN input ON input.user_id = created.user_id
),
recorded AS (
    INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
    SELECT event.user_id, event.sequence, won.at, won.editor, event.type, event.payload
      FROM unnest($9::text[], $10::bigint[], $11::text[], $12::jsonb[]) AS event (user_id, sequence, type, payload)
      JOIN won ON won.user_id = event.user_id
),
-- All parts of a statement see the tables as they were before it, so that what is superseded is never what the same commit has
-- just written.
-- In two steps, and by arrays: the plan is made once, perhaps while hardly anything is on its way, and a join would then read
-- all of it through. OFFSET keeps the planner from making one.
-- Whether a message is settled is told by its state here, so that no index of all unsettled messages can serve.
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
),
-- Whoever writes here has the user's row locked or made, so that nobody waits here.
listed AS (
    INSERT INTO user_search (
               user_id, organization_id, standing, created_at, username, username_folded, given_name, given_name_folded,
               family_name, family_name_folded, nick_name, nick_name_folded, display_name, display_name_folded,
               email, email_folded
           )
    SELECT won.user_id, listing.organization_id, listing.standing, listing.created_at,
           listing.username, listing.username_folded, listing.given_name, listing.given_name_folded,
           listing.family_name, listing.family_name_folded, listing.nick_name, listing.nick_name_folded,
           listing.display_name, listing.display_name_folded, listing.email, listing.email_folded
      FROM unnest($25::text[], $26::jsonb[]) AS listed (user_id, listing)
     CROSS JOIN jsonb_to_record(listed.listing) AS listing (
               organization_id text, standing text, created_at timestamptz,
               username text, username_folded text, given_name text, given_name_folded text,
               family_name text, family_name_folded text, nick_name text, nick_name_folded text,
               display_name text, display_name_folded text, email text, email_folded text
           )
      JOIN won ON won.user_id = listed.user_id
        ON CONFLICT (user_id) DO UPDATE
       SET organization_id = excluded.organization_id,
           standing = excluded.standing,
           created_at = excluded.created_at,
           username = excluded.username,
           username_folded = excluded.username_folded,
           given_name = excluded.given_name,
           given_name_folded = excluded.given_name_folded,
           family_name = excluded.family_name,
           family_name_folded = excluded.family_name_folded,
           nick_name = excluded.nick_name,
           nick_name_folded = excluded.nick_name_folded,
           display_name = excluded.display_name,
           display_name_folded = excluded.display_name_folded,
           email = excluded.email,
           email_folded = excluded.email_folded
),
-- No ON CONFLICT: a key that has an answer fails the whole statement, so that nothing of it is written.
answered AS (
    INSERT INTO idempotency_replies (call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
    SELECT reply.call_key, reply.fingerprint_key_id, reply.fingerprint, reply.key_id, reply.sealed, reply.expires_at
      FROM unnest($27::text[], $28::bytea[], $29::text[], $30::bytea[], $31::text[], $32::bytea[], $33::timestamptz[])
        AS reply (user_id, call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
      JOIN won ON won.user_id = reply.user_id
     ORDER BY reply.call_key
 RETURNING call_key
),
-- Nor here: a name that another user holds fails it too. Keys come first, so that two batches never wait for each other.
taken AS (
    INSERT INTO claims (kind, value, user_id)
    SELECT take.kind, take.value, take.user_id
      FROM unnest($19::text[], $20::text[], $21::text[]) AS take (user_id, kind, value)
      JOIN won ON won.user_id = take.user_id
     WHERE (SELECT count(*) FROM answered) >= 0
       AND NOT EXISTS (
               SELECT
                 FROM claims
                WHERE claims.kind = take.kind AND claims.value = take.value AND claims.user_id = take.user_id
           )
     ORDER BY take.kind, take.value
 RETURNING kind
),
-- After taking, which may wait for others: whoever waits has let go of nothing that others want, so that two who swap their
-- names never deadlock.
released AS (
    DELETE FROM claims
     USING unnest($22::text[], $23::text[], $24::text[]) AS release (user_id, kind, value)
      JOIN won ON won.user_id = release.user_id
     WHERE claims.kind = release.kind AND claims.value = release.value AND claims.user_id = release.user_id
       AND (SELECT count(*) FROM taken) >= 0
)
SELECT user_id FROM won
