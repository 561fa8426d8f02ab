-- phone_claims.align: users who have verified a number that another has verified too
WITH wanted AS MATERIALIZED (
    SELECT CASE ?1 WHEN 'instance' THEN phone ELSE phone || ' ' || organization_id END AS value, user_id
      FROM users
     WHERE phone_verified AND ?1 <> 'off'
)
SELECT counted.user_id
  FROM (SELECT user_id, count(*) OVER (PARTITION BY value) AS holders FROM wanted) AS counted
 WHERE counted.holders > 1
 ORDER BY counted.user_id
 LIMIT ?2
