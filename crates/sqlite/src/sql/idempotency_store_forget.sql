-- idempotency_store.claim: a few of those that have expired, which is more than a call adds, and the key's own
DELETE FROM idempotency_replies
WHERE (call_key = ?1 AND expires_at <= ?2)
    OR call_key IN (SELECT call_key FROM idempotency_replies WHERE expires_at <= ?2 ORDER BY expires_at LIMIT 2)
