-- user_store.commit, after the statement that has written them: what is left of the users whom commits erase
--
-- A statement of its own, in the same transaction, because it has to see what others have settled before the commit could
-- lock it. What the commits have just written stays: their events, and no message is unsettled that is older.
WITH events AS (
    DELETE FROM user_events
     WHERE user_id = ANY ($1)
       AND sequence <= (
               SELECT erased.expected
                 FROM unnest($1::text[], $2::bigint[]) AS erased (user_id, expected)
                WHERE erased.user_id = user_events.user_id
           )
),
messages AS (
    DELETE FROM settled_messages WHERE user_id = ANY ($1)
),
messages_settled_in_place AS (
    DELETE FROM outbox WHERE user_id = ANY ($1) AND settled_at IS NOT NULL
),
tokens AS (
    DELETE FROM tokens WHERE user_id = ANY ($1)
)
DELETE FROM user_search WHERE user_id = ANY ($1)
