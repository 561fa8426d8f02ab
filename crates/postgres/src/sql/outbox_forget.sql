-- outbox.forget: what was settled when there was no partition for that week, which is dropped as a whole
WITH old AS (
    SELECT user_id, message_id
      FROM settled_messages_default
     WHERE settled_at <= $1
     LIMIT $2
       -- Another instance may be forgetting the same, and a user's deletion may be under way.
       FOR UPDATE SKIP LOCKED
)
DELETE FROM settled_messages_default
 USING old
 WHERE settled_messages_default.user_id = old.user_id AND settled_messages_default.message_id = old.message_id
