-- idempotency_store.claim
SELECT fingerprint_key_id, fingerprint, key_id, sealed, expires_at FROM idempotency_replies WHERE call_key = ?1
