-- event_retention.events_behind
SELECT user_id, sequence, at
FROM user_events
WHERE (user_id, sequence) > (?1, ?2)
ORDER BY user_id, sequence
LIMIT ?3
