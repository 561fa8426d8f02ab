-- Of a connection that writes: what outbox.claim is claiming just now, and what has to be so for a transaction to go on.
CREATE TEMP TABLE claimed (message_id BLOB NOT NULL, lease_id BLOB NOT NULL) STRICT;
CREATE TEMP TABLE holds (so INTEGER NOT NULL CHECK (so)) STRICT;
