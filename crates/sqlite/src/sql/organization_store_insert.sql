-- organization_store.insert, organization_store.insert_answering
INSERT INTO organizations (organization_id, name, created_at)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
