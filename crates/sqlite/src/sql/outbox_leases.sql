-- outbox.settle: the leases that these messages are under
SELECT message_id, lease_id
FROM outbox
WHERE message_id IN (SELECT unhex(value) FROM json_each(?1)) AND state = 'leased'
