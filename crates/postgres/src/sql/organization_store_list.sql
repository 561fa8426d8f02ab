-- organization_store.list
SELECT organization_id, name, created_at FROM organizations ORDER BY organization_id
