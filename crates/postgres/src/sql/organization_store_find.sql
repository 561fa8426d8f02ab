-- organization_store.find
SELECT organization_id, name, created_at FROM organizations WHERE organization_id = $1
