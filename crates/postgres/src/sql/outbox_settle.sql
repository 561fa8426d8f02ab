-- outbox.settle
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
)
SELECT position FROM settled
