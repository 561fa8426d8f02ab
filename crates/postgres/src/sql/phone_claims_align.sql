-- phone_claims.align
WITH wanted AS MATERIALIZED (
    SELECT CASE $1 WHEN 'instance' THEN phone ELSE phone || ' ' || organization_id END AS value, user_id
      FROM users
     WHERE phone_verified AND $1 <> 'off'
),
contested AS (
    SELECT counted.user_id
      FROM (SELECT user_id, count(*) OVER (PARTITION BY value) AS holders FROM wanted) AS counted
     WHERE counted.holders > 1
),
released AS (
    DELETE FROM claims
     WHERE claims.kind = $2
       AND NOT EXISTS (SELECT FROM contested)
       AND NOT EXISTS (
               SELECT FROM wanted WHERE wanted.value = claims.value AND wanted.user_id = claims.user_id
           )
 RETURNING claims.value
),
taken AS (
    INSERT INTO claims (kind, value, user_id)
    SELECT $2, wanted.value, wanted.user_id
      FROM wanted
     WHERE NOT EXISTS (SELECT FROM contested)
       -- Counting is what makes this wait for the claims to be released.
       AND (SELECT count(*) FROM released) >= 0
       AND NOT EXISTS (
               SELECT
                 FROM claims
                WHERE claims.kind = $2 AND claims.value = wanted.value AND claims.user_id = wanted.user_id
           )
 RETURNING claims.value
)
SELECT (SELECT count(*) FROM taken),
       (SELECT count(*) FROM released),
       ARRAY(SELECT user_id FROM contested ORDER BY user_id LIMIT $3)
