-- idempotency_store.claim: a few of those that have run out, and the key's own
DELETE FROM idempotency_claims
WHERE (call_key = ?1 AND lease_until <= ?2)
    OR call_key IN (SELECT call_key FROM idempotency_claims WHERE lease_until <= ?2 ORDER BY lease_until LIMIT 2)
