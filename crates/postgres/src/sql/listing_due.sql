-- listing.mend: whether everybody is looked at, and whether for the last time: a day after user_search came into being there is
-- no replica any more that does not know it
SELECT NOT EXISTS (SELECT FROM upkeep WHERE task = 'listing'), installed_on <= now() - interval '1 day'
  FROM _sqlx_migrations
 WHERE version = 3
