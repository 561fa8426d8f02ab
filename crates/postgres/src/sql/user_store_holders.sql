-- user_store.commit, when a name or a key was refused: whether another user holds each of these names
SELECT EXISTS (
           SELECT
             FROM claims
            WHERE claims.kind = take.kind AND claims.value = take.value AND claims.user_id <> take.user_id
       )
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS take (user_id, kind, value, position)
 ORDER BY take.position
