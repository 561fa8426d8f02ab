-- idempotency_store.claim
WITH answered AS (
    SELECT fingerprint_key_id, fingerprint, key_id, sealed, expires_at
      FROM idempotency_replies
     WHERE call_key = $1 AND expires_at > $6
),
-- What has to be waited for, because another may be at it, comes first: the key's own claim and its own answer. Others' keys
-- come after that, and those that somebody else is at are left out. So nobody who holds others' keys waits, and two who
-- claim each other's never deadlock.
claimed AS (
    INSERT INTO idempotency_claims AS held (call_key, lease_id, fingerprint_key_id, fingerprint, lease_until)
    SELECT $1, $2, $3, $4, $5
     WHERE NOT EXISTS (SELECT FROM answered)
        ON CONFLICT (call_key) DO UPDATE
       SET lease_id = excluded.lease_id,
           fingerprint_key_id = excluded.fingerprint_key_id,
           fingerprint = excluded.fingerprint,
           lease_until = excluded.lease_until
     WHERE held.lease_until <= $6
 RETURNING call_key
),
own AS (
    SELECT call_key
      FROM idempotency_replies
     WHERE call_key = $1 AND expires_at <= $6
       -- Counting is what makes this come after the claim, and what follows come after this.
       AND (SELECT count(*) FROM claimed) >= 0
       FOR UPDATE
),
-- A few of the others at each call, which is more than a call adds.
expired AS (
    SELECT call_key
      FROM idempotency_replies
     WHERE expires_at <= $6 AND call_key <> $1
       AND (SELECT count(*) FROM own) >= 0
     ORDER BY expires_at
     LIMIT 2
       FOR UPDATE SKIP LOCKED
),
forgotten AS (
    DELETE FROM idempotency_replies
     -- An array, not alternatives or a join, which would read the whole table: see outbox.claim.
     WHERE call_key = ANY (ARRAY(SELECT call_key FROM expired UNION ALL SELECT call_key FROM own))
),
lapsed AS (
    SELECT call_key
      FROM idempotency_claims
     WHERE lease_until <= $6 AND call_key <> $1
       AND (SELECT count(*) FROM own) >= 0
     ORDER BY lease_until
     LIMIT 2
       FOR UPDATE SKIP LOCKED
),
given_up AS (
    DELETE FROM idempotency_claims
     WHERE call_key = ANY (ARRAY(SELECT call_key FROM lapsed))
)
SELECT fingerprint_key_id, fingerprint, key_id, sealed, expires_at
  FROM answered
 UNION ALL
-- Nothing but NULL: the claim holds.
SELECT NULL, NULL, NULL, NULL, NULL
  FROM claimed
