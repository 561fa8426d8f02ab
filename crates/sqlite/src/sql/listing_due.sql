-- listing.mend: whether everybody is looked at, and whether for the last time: a day after user_search came into being there is
-- no process any more that does not know it
SELECT NOT EXISTS (SELECT 1 FROM upkeep WHERE task = 'listing'), installed_on <= datetime('now', '-1 day')
FROM _sqlx_migrations
WHERE version = 3
