-- erasures.finish: nothing if all were finished for the last time; else whether this is the last time: a day after
-- settled_messages came into being there is no replica any more that does not know it
SELECT installed_on <= now() - interval '1 day'
  FROM _sqlx_migrations
 WHERE version = 9
   AND NOT EXISTS (SELECT FROM upkeep WHERE task = 'erasures')
