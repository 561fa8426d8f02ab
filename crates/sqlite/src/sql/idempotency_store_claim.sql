-- idempotency_store.claim
INSERT INTO idempotency_claims (call_key, lease_id, fingerprint_key_id, fingerprint, lease_until)
VALUES (?1, ?2, ?3, ?4, ?5)
