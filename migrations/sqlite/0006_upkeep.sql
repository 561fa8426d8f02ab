-- What is done to what earlier releases have written, over and over until nothing of theirs can be left, and since when it is
-- done for good.
CREATE TABLE upkeep (
    task    TEXT    NOT NULL PRIMARY KEY,
    done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- 'listing': everybody stands in user_search as they are. Where there is nobody yet, no earlier release has written anybody.
INSERT INTO upkeep (task, done_at)
SELECT 'listing', unixepoch() * 1000000
WHERE NOT EXISTS (SELECT 1 FROM users);
