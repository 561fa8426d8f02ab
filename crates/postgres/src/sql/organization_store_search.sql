-- organization_store.search
WITH found AS (
    SELECT organization_id, name COLLATE "C" AS name, created_at
      FROM organizations
     WHERE ($1::text[] IS NULL OR organization_id = ANY ($1))
       AND ($2::text[] IS NULL OR name = ANY ($2))
),
     page AS (
    SELECT organization_id, name, created_at
      FROM found
     ORDER BY CASE WHEN $3 = 'name' AND $4 THEN name END,
              CASE WHEN $3 = 'name' AND NOT $4 THEN name END DESC,
              CASE WHEN $3 = 'created_at' AND $4 THEN created_at END,
              CASE WHEN $3 = 'created_at' AND NOT $4 THEN created_at END DESC,
              CASE WHEN $4 THEN organization_id END,
              organization_id DESC
    OFFSET $5
     LIMIT $6
)
-- The count stands beside every row, and alone where the page has none.
SELECT counted.total, page.organization_id, page.name, page.created_at
  FROM (SELECT count(*) AS total FROM found) AS counted
  LEFT JOIN page ON true
 ORDER BY CASE WHEN $3 = 'name' AND $4 THEN name END,
          CASE WHEN $3 = 'name' AND NOT $4 THEN name END DESC,
          CASE WHEN $3 = 'created_at' AND $4 THEN created_at END,
          CASE WHEN $3 = 'created_at' AND NOT $4 THEN created_at END DESC,
          CASE WHEN $4 THEN organization_id END,
          organization_id DESC
