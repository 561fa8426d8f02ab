-- outbox.settle_and_claim, outbox.settle
WITH input AS (
    -- Of two settlements of one claim, the first counts.
    SELECT DISTINCT ON (message_id, lease_id) *
      FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[])
           WITH ORDINALITY AS input (message_id, lease_id, state, reference, reason, position)
     ORDER BY message_id, lease_id, position
),
-- In the same order as user_store.commit, so that the two never deadlock. Arrays, not joins, here and below: the plan is made
-- once, perhaps while hardly anything is on its way, and a join would then read all of it through.
held AS (
    SELECT message_id, lease_id
      FROM outbox
     WHERE message_id = ANY ($1) AND state = 'leased'
     ORDER BY message_id
       FOR UPDATE
),
covered AS (
    SELECT input.*
      FROM held
      JOIN input ON input.message_id = held.message_id AND input.lease_id = held.lease_id
),
gone AS (
    DELETE FROM outbox
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM covered))
 RETURNING user_id, message_id, code_id, created_at, expires_at, attempts
),
settled AS (
    INSERT INTO settled_messages (
               user_id, message_id, code_id, created_at, expires_at, state, attempts, settled_at, reference, reason
           )
    SELECT gone.user_id, gone.message_id, gone.code_id, gone.created_at, gone.expires_at, covered.state, gone.attempts, $6,
           covered.reference, covered.reason
      FROM gone
      JOIN covered ON covered.message_id = gone.message_id
 RETURNING message_id
),
claimable AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL
       AND expires_at > $6
       -- What is settled here is still there to the rest of the statement, and no row is written twice in one.
       AND (lease_until IS NULL OR (lease_until <= $6 AND message_id <> ALL ($1)))
       -- Counting is what makes this come after settling: whoever has claimed waits for nobody any more.
       AND (SELECT count(*) FROM settled) >= 0
     ORDER BY expires_at, message_id
     LIMIT $8
       FOR UPDATE SKIP LOCKED
),
claimed AS (
    UPDATE outbox
       SET state = 'leased', lease_id = uuid_send(gen_random_uuid()), lease_until = $7, attempts = attempts + 1
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM claimable))
 RETURNING message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
)
SELECT position, NULL::bytea AS message_id, NULL::text AS user_id, NULL::bytea AS code_id,
       NULL::timestamptz AS expires_at, NULL::text AS key_id, NULL::bytea AS sealed, NULL::bytea AS lease_id,
       NULL::integer AS attempts
  FROM settled
  JOIN covered ON covered.message_id = settled.message_id
 UNION ALL
SELECT NULL::bigint, message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
  FROM claimed
