-- What holds of every row of the tables that every call writes to. The schema leaves it out, because each statement would pay
-- for it (migrations/postgres/0008_checks_are_for_tests.sql); every database of these tests has it, so that a statement which
-- breaks it fails its test.
ALTER TABLE users
  ADD CHECK (sequence > 0),
  ADD CHECK (octet_length(commit_id) = 16),
  ADD CHECK (state IN ('active', 'removed')),
  ADD CHECK (standing IN ('active', 'inactive', 'locked'));

ALTER TABLE user_events
  ADD CHECK (sequence > 0);

-- The sealed copy, and the id of the key that opens it, exist exactly as long as the message is unsettled.
ALTER TABLE outbox
  ADD CHECK (octet_length(message_id) = 16),
  ADD CHECK (octet_length(code_id) = 16),
  ADD CHECK (state IN ('waiting', 'leased', 'sent', 'failed', 'superseded', 'expired')),
  ADD CHECK (attempts >= 0),
  ADD CHECK (octet_length(lease_id) = 16),
  ADD CHECK ((state IN ('waiting', 'leased')) = (sealed IS NOT NULL)),
  ADD CHECK ((sealed IS NULL) = (key_id IS NULL)),
  ADD CHECK ((sealed IS NULL) = (settled_at IS NOT NULL)),
  ADD CHECK ((state = 'leased') = (lease_id IS NOT NULL)),
  ADD CHECK ((lease_id IS NULL) = (lease_until IS NULL)),
  ADD CHECK ((state = 'sent') = (reference IS NOT NULL)),
  ADD CHECK ((state = 'failed') = (reason IS NOT NULL));

ALTER TABLE settled_messages
  ADD CHECK (octet_length(message_id) = 16),
  ADD CHECK (octet_length(code_id) = 16),
  ADD CHECK (state IN ('sent', 'failed', 'superseded', 'expired')),
  ADD CHECK (attempts >= 0),
  ADD CHECK ((state = 'sent') = (reference IS NOT NULL)),
  ADD CHECK ((state = 'failed') = (reason IS NOT NULL));
