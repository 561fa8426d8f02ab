-- phone_claims.align: whether anything is to be done
WITH wanted AS MATERIALIZED (
    SELECT CASE $1 WHEN 'instance' THEN phone ELSE phone || ' ' || organization_id END AS value, user_id
      FROM users
     WHERE phone_verified AND $1 <> 'off'
)
SELECT EXISTS (
           SELECT
             FROM wanted
            WHERE NOT EXISTS (
                      SELECT
                        FROM claims
                       WHERE claims.kind = $2 AND claims.value = wanted.value AND claims.user_id = wanted.user_id
                  )
       )
    OR EXISTS (
           SELECT
             FROM claims
            WHERE claims.kind = $2
              AND NOT EXISTS (
                      SELECT FROM wanted WHERE wanted.value = claims.value AND wanted.user_id = claims.user_id
                  )
       )
