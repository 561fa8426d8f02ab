-- listing.mend: nothing if everybody was looked at for the last time; else whether this is the last time: a day after user_search
-- came into being there is no process any more that does not know it
SELECT installed_on <= datetime('now', '-1 day')
FROM _sqlx_migrations
WHERE version = 3
  AND NOT EXISTS (SELECT 1 FROM upkeep WHERE task = 'listing')
