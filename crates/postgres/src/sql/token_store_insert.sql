-- token_store.insert
INSERT INTO tokens (token_id, hash, user_id, service, grants, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
