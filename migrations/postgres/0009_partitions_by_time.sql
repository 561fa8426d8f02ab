-- What is over lies in partitions by time, which go as a whole once all in them is old enough: settled messages by the week,
-- events by the month; see docs/adr/016. The binary makes them weeks ahead (crates/postgres/src/partitions.rs). What finds none
-- goes to the default partition. A partition's name says until when it reaches, and its key is its own: the time need not be
-- part of it.

-- Messages move here when they are settled, so that `outbox` holds what is on its way and stays small. An older replica settles
-- them where they are, and what is settled there is forgotten there.
CREATE TABLE settled_messages (
    user_id    text COLLATE "C" NOT NULL,
    message_id bytea            NOT NULL,
    code_id    bytea            NOT NULL,
    created_at timestamptz      NOT NULL,
    expires_at timestamptz      NOT NULL,
    state      text COLLATE "C" NOT NULL,
    attempts   integer          NOT NULL,
    settled_at timestamptz      NOT NULL,
    reference  text,
    reason     text COLLATE "C"
) PARTITION BY RANGE (settled_at);
CREATE TABLE settled_messages_default PARTITION OF settled_messages (PRIMARY KEY (user_id, message_id)) DEFAULT;
CREATE INDEX settled_messages_default_settled ON settled_messages_default (settled_at);

-- The events so far become the first partition, which reaches to the end of this month. They are read through once, to make
-- sure of that.
ALTER TABLE user_events RENAME TO user_events_first;
ALTER TABLE user_events_first RENAME CONSTRAINT user_events_pkey TO user_events_first_pkey;
CREATE TABLE user_events (LIKE user_events_first) PARTITION BY RANGE (at);
CREATE TABLE user_events_default PARTITION OF user_events (PRIMARY KEY (user_id, sequence)) DEFAULT;
DO $$
DECLARE
    next_month date := date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month';
    name text := 'user_events_until_' || to_char(next_month, 'YYYY_MM_DD');
BEGIN
    EXECUTE format('ALTER TABLE user_events_first RENAME TO %I', name);
    EXECUTE format('ALTER TABLE %I RENAME CONSTRAINT user_events_first_pkey TO %I', name, name || '_pkey');
    EXECUTE format('ALTER TABLE user_events ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', name, next_month || ' UTC');
END
$$;

-- 'erasures': nobody who was erased has a settled message. Where there is nobody yet, no earlier release can have erased anybody.
INSERT INTO upkeep (task, done_at)
SELECT 'erasures', now()
 WHERE NOT EXISTS (SELECT FROM users);
