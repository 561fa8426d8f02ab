-- upkeep.note
INSERT INTO upkeep (task, done_at)
VALUES ($1, now())
    ON CONFLICT DO NOTHING
