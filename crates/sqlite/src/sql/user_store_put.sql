-- user_store.commit: the user's present state
INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (user_id) DO UPDATE
SET sequence = excluded.sequence,
    commit_id = excluded.commit_id,
    changed_at = excluded.changed_at,
    document = excluded.document
