-- phone_claims.align: commits wait, and so does whoever else aligns.
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE
