-- outbox.forget: what a release before step 9 has settled, which left it where it was
WITH old AS (
    SELECT message_id
      FROM outbox
     WHERE settled_at <= $1
     LIMIT $2
       -- Another instance may be forgetting the same, and a user's deletion may be under way.
       FOR UPDATE SKIP LOCKED
)
DELETE FROM outbox WHERE message_id = ANY (ARRAY(SELECT message_id FROM old))
