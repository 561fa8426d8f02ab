-- event_retention.events_behind
SELECT user_id, sequence, at
  FROM user_events
 WHERE (user_id, sequence) > ($1, $2)
   -- Where the last partition ends that may hold something old: later ones are not looked at.
   AND at < $4
 ORDER BY user_id, sequence
 LIMIT $3
