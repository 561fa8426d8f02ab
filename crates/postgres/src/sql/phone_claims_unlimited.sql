-- phone_claims.align: it reads every user, which may take longer than a call is given.
SET LOCAL statement_timeout = 0
