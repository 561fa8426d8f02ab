-- upkeep.due: a day after a step was applied there is no replica any more that does not know it
SELECT installed_on <= now() - interval '1 day'
  FROM _sqlx_migrations
 WHERE version = $1
   AND NOT EXISTS (SELECT FROM upkeep WHERE task = $2)
