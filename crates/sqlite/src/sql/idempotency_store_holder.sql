-- idempotency_store.claim
SELECT fingerprint_key_id, fingerprint FROM idempotency_claims WHERE call_key = ?1
