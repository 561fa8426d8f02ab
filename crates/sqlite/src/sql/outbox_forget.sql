-- outbox.forget
DELETE FROM outbox
WHERE message_id IN (SELECT message_id FROM outbox WHERE settled_at <= ?1 LIMIT ?2)
