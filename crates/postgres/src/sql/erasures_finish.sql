-- erasures.finish
DELETE FROM settled_messages
 USING users
 WHERE users.user_id = settled_messages.user_id AND users.state = 'removed'
