-- PostgreSQL reads a table's CHECK constraints anew for every statement that writes to it: parses, plans and sets up each of
-- them, whatever it writes. The fourteen of the three tables that every call writes to took a sixth of a lone commit's time.
-- They guard against mistakes in the binary's own statements, so they are where mistakes are to be found: every database of
-- the adapter's tests has them (crates/postgres/tests/support/checks.sql). SQLite keeps its own, which it compiles once, with
-- the statement.
ALTER TABLE users
 DROP CONSTRAINT users_sequence_check,
 DROP CONSTRAINT users_commit_id_check,
 DROP CONSTRAINT users_state_check,
 DROP CONSTRAINT users_standing_check;
ALTER TABLE user_events
 DROP CONSTRAINT user_events_sequence_check;
ALTER TABLE outbox
 DROP CONSTRAINT outbox_message_id_check,
 DROP CONSTRAINT outbox_code_id_check,
 DROP CONSTRAINT outbox_state_check,
 DROP CONSTRAINT outbox_attempts_check,
 DROP CONSTRAINT outbox_lease_id_check,
 DROP CONSTRAINT outbox_sealed_while_unsettled,
 DROP CONSTRAINT outbox_lease_while_leased,
 DROP CONSTRAINT outbox_check,
 DROP CONSTRAINT outbox_check1;
