-- listing.mend: who is gone
DELETE FROM user_search WHERE user_id = ANY ($1)
