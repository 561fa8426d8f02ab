-- outbox.settle_and_claim, outbox.settle
WITH input AS (
    -- Of two settlements of one claim, the first counts.
    SELECT DISTINCT ON (message_id, lease_id) *
      FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::text[])
           WITH ORDINALITY AS input (message_id, lease_id, state, reference, reason, position)
     ORDER BY message_id, lease_id, position
),
-- In the same order as user_store.commit, so that the two never deadlock.
held AS (
    SELECT outbox.message_id, input.state, input.reference, input.reason, input.position
      FROM outbox
      JOIN input ON input.message_id = outbox.message_id AND input.lease_id = outbox.lease_id
     WHERE outbox.state = 'leased'
     ORDER BY outbox.message_id
       FOR UPDATE OF outbox
),
settled AS (
    UPDATE outbox
       SET state = held.state, reference = held.reference, reason = held.reason, settled_at = $6,
           sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL
      FROM held
     WHERE outbox.message_id = held.message_id
 RETURNING held.position
),
claimable AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at IS NULL
       AND expires_at > $6
       -- What is settled here looks unsettled still to the rest of the statement, and no row is written twice in one.
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
     -- An array, not a join: the plan is made once, without knowing how few they are, and would read the whole table.
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM claimable))
 RETURNING message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
)
SELECT position, NULL::bytea AS message_id, NULL::text AS user_id, NULL::bytea AS code_id,
       NULL::timestamptz AS expires_at, NULL::text AS key_id, NULL::bytea AS sealed, NULL::bytea AS lease_id,
       NULL::integer AS attempts
  FROM settled
 UNION ALL
SELECT NULL::bigint, message_id, user_id, code_id, expires_at, key_id, sealed, lease_id, attempts
  FROM claimed
