-- idempotency_store.claim, when another holds the key
SELECT fingerprint_key_id, fingerprint
  FROM idempotency_claims
 WHERE call_key = $1
