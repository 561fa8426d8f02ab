-- phone_claims.align: claims that are missing
WITH wanted AS MATERIALIZED (
    SELECT CASE ?1 WHEN 'instance' THEN phone ELSE phone || ' ' || organization_id END AS value, user_id
      FROM users
     WHERE phone_verified AND ?1 <> 'off'
)
INSERT INTO claims (kind, value, user_id)
SELECT ?2, wanted.value, wanted.user_id
  FROM wanted
 WHERE NOT EXISTS (
           SELECT 1 FROM claims WHERE kind = ?2 AND claims.value = wanted.value AND claims.user_id = wanted.user_id
       )
