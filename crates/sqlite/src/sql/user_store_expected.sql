-- user_store.commit: whether all users of a batch are where its commits expect them to be; if not, this fails
INSERT INTO temp.holds (so)
SELECT count(*) = ?
FROM (SELECT value AS row FROM jsonb_each(?)) AS input
CROSS JOIN users ON users.user_id = row ->> 0 AND users.sequence = row ->> 1;

DELETE FROM temp.holds
