-- user_store.commit: which of these names another user holds
SELECT claims.kind, claims.value
  FROM unnest($1::text[], $2::text[]) AS take (kind, value)
  JOIN claims ON claims.kind = take.kind AND claims.value = take.value
 WHERE claims.user_id <> $3
