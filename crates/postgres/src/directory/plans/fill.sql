-- So many users, of 997 organisations; every hundredth is locked. The indexes are made afterwards, as
-- they were: one by one they are filled many times as fast.

-- Nobody else looks at the tables meanwhile: what an autovacuum sees, a vacuum cannot mark as seen by all, and plans reckon with
-- that.
ALTER TABLE users SET (autovacuum_enabled = off);
ALTER TABLE user_search SET (autovacuum_enabled = off);

CREATE TEMPORARY TABLE definitions AS
SELECT indexname, indexdef
  FROM pg_indexes
 WHERE tablename = 'user_search' AND indexname <> 'user_search_pkey' OR indexname = 'users_phone';

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT indexname FROM definitions LOOP
        EXECUTE format('DROP INDEX %I', made.indexname);
    END LOOP;
END
$$;

INSERT INTO users (user_id, sequence, commit_id, changed_at, document)
SELECT format('user-%s', lpad(nth::text, 7, '0')), 1, decode(md5(nth::text), 'hex'), '2026-01-01T12:00:00Z',
       jsonb_build_object('state', 'active', 'phone', jsonb_build_object('number', '+4179' || lpad(nth::text, 7, '0')))
  FROM generate_series(1, :users) AS nth;

INSERT INTO user_search
SELECT format('user-%s', lpad(nth::text, 7, '0')), format('org-%s', nth % 997),
       CASE nth % 100 WHEN 0 THEN 'locked' ELSE 'active' END,
       timestamptz '2026-01-01T12:00:00Z' + nth * interval '1 second',
       'Name' || nth, 'name' || nth, 'Given' || nth % 5003, 'given' || nth % 5003,
       'Family' || nth % 50021, 'family' || nth % 50021, 'Nick' || nth, 'nick' || nth,
       'Given' || nth % 5003 || ' Family' || nth % 50021, 'given' || nth % 5003 || ' family' || nth % 50021,
       'Name' || nth || '@example.com', 'name' || nth || '@example.com'
  FROM generate_series(1, :users) AS nth;

SET maintenance_work_mem = '256MB';
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT indexdef FROM definitions LOOP
        EXECUTE made.indexdef;
    END LOOP;
END
$$;
