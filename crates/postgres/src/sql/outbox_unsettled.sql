-- outbox.unsettled
SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')
