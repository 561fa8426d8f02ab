-- event_retention.forget
DELETE FROM user_events
 WHERE (user_id, sequence) > ($1, $2) AND (user_id, sequence) <= ($3, $4) AND at <= $5
