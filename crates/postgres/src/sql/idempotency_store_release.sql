-- idempotency_store.release
DELETE FROM idempotency_claims
 WHERE call_key = $1 AND lease_id = $2
