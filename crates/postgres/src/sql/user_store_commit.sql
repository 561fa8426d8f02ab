-- user_store.commit
WITH input AS (
    SELECT *
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::text[], $7::jsonb[],
                  $8::boolean[], $9::boolean[])
        AS input (user_id, expected, sequence, commit_id, at, editor, document, supersedes, erases)
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
 RETURNING locked.user_id, locked.at, locked.editor, locked.supersedes, locked.erases
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
    SELECT user_id, at, editor, supersedes, erases
      FROM updated
     UNION ALL
    SELECT input.user_id, input.at, input.editor, input.supersedes, input.erases
      FROM created
      JOIN input ON input.user_id = created.user_id
),
recorded AS (
    INSERT INTO user_events (user_id, sequence, at, editor, type, payload)
    SELECT event.user_id, event.sequence, won.at, won.editor, event.type, event.payload
      FROM unnest($10::text[], $11::bigint[], $12::text[], $13::jsonb[]) AS event (user_id, sequence, type, payload)
      JOIN won ON won.user_id = event.user_id
),
-- All parts of a statement see the tables as they were before it, so that what is erased or superseded is never what the
-- same commit has just written.
forgotten_events AS (
    DELETE FROM user_events
     USING won
     WHERE won.erases AND user_events.user_id = won.user_id
),
forgotten_tokens AS (
    DELETE FROM tokens
     USING won
     WHERE won.erases AND tokens.user_id = won.user_id
),
-- Whether a message is settled is told by its state here, so that no index of all unsettled messages can serve: by the
-- statistics of a quiet service hardly any is, and the planner would read such an index through for each user.
dead_messages AS (
    SELECT outbox.user_id, outbox.message_id, won.erases, won.at
      FROM outbox
      JOIN won ON won.user_id = outbox.user_id
     WHERE won.erases OR (won.supersedes AND outbox.state IN ('waiting', 'leased'))
     ORDER BY outbox.message_id
       FOR UPDATE OF outbox
),
unlisted AS (
    DELETE FROM user_search
     USING won
     WHERE won.erases AND user_search.user_id = won.user_id
),
forgotten_messages AS (
    DELETE FROM outbox
     USING dead_messages
     WHERE dead_messages.erases
       AND outbox.user_id = dead_messages.user_id AND outbox.message_id = dead_messages.message_id
),
superseded AS (
    UPDATE outbox
       SET state = 'superseded', settled_at = dead_messages.at,
           sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
      FROM dead_messages
     WHERE NOT dead_messages.erases
       AND outbox.user_id = dead_messages.user_id AND outbox.message_id = dead_messages.message_id
),
queued AS (
    INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed)
    SELECT message.message_id, message.user_id, message.code_id, won.at, message.expires_at, 'waiting',
           message.key_id, message.sealed
      FROM unnest($14::bytea[], $15::text[], $16::bytea[], $17::timestamptz[], $18::text[], $19::bytea[])
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
      FROM unnest($26::text[], $27::jsonb[]) AS listed (user_id, listing)
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
      FROM unnest($28::text[], $29::bytea[], $30::text[], $31::bytea[], $32::text[], $33::bytea[], $34::timestamptz[])
        AS reply (user_id, call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
      JOIN won ON won.user_id = reply.user_id
     ORDER BY reply.call_key
 RETURNING call_key
),
-- Nor here: a name that another user holds fails it too. Keys come first, so that two batches never wait for each other.
taken AS (
    INSERT INTO claims (kind, value, user_id)
    SELECT take.kind, take.value, take.user_id
      FROM unnest($20::text[], $21::text[], $22::text[]) AS take (user_id, kind, value)
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
     USING unnest($23::text[], $24::text[], $25::text[]) AS release (user_id, kind, value)
      JOIN won ON won.user_id = release.user_id
     WHERE claims.kind = release.kind AND claims.value = release.value AND claims.user_id = release.user_id
       AND (SELECT count(*) FROM taken) >= 0
)
SELECT user_id FROM won
