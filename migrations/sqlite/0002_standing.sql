-- Whether a user is active, inactive or locked; NULL for one who is gone. A document that is older than this says nothing of
-- it, and its user is active. SQLite adds no stored column to a table that exists, but an index on this one is as good.
ALTER TABLE users ADD COLUMN standing TEXT
    GENERATED ALWAYS AS (
        CASE WHEN document ->> '$.state' = 'active' THEN coalesce(document ->> '$.standing', 'active') END
    ) VIRTUAL
    CHECK (standing IN ('active', 'inactive', 'locked'));
