-- listing.mend: everybody was looked at for the last time
INSERT INTO upkeep (task, done_at)
VALUES ('listing', unixepoch() * 1000000)
