-- Whether a user is active, inactive or locked; NULL for one who is gone. A document that is older than this says nothing of
-- it, and its user is active. The column is filled in by rewriting the table, which nobody can use meanwhile: some seconds
-- for a million users.
ALTER TABLE users
  ADD COLUMN standing text COLLATE "C"
      GENERATED ALWAYS AS (
          CASE WHEN document ->> 'state' = 'active' THEN coalesce(document ->> 'standing', 'active') END
      ) STORED,
  ADD CONSTRAINT users_standing_check CHECK (standing IN ('active', 'inactive', 'locked'));
