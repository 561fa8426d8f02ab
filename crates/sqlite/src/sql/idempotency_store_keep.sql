-- idempotency_store.keep, organization_store.insert_answering, user_store.commit
INSERT INTO idempotency_replies (call_key, fingerprint_key_id, fingerprint, key_id, sealed, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (call_key) DO NOTHING
