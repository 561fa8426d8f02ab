-- erasures.finish: all were finished for the last time
INSERT INTO upkeep (task, done_at)
VALUES ('erasures', now())
    ON CONFLICT DO NOTHING
