-- phone_claims.align: claims that the rule does not ask for
WITH wanted AS MATERIALIZED (
    SELECT CASE ?1 WHEN 'instance' THEN phone ELSE phone || ' ' || organization_id END AS value, user_id
      FROM users
     WHERE phone_verified AND ?1 <> 'off'
)
DELETE FROM claims
 WHERE kind = ?2
   AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.value = claims.value AND wanted.user_id = claims.user_id)
