-- listing.enter
INSERT INTO user_search (
    user_id, created_at, organization_id, standing, username, username_folded, given_name, given_name_folded,
    family_name, family_name_folded, nick_name, nick_name_folded, display_name, display_name_folded, email, email_folded
)
SELECT ?1, ?2, listing ->> '$.organization_id', listing ->> '$.standing',
       listing ->> '$.username', listing ->> '$.username_folded',
       listing ->> '$.given_name', listing ->> '$.given_name_folded',
       listing ->> '$.family_name', listing ->> '$.family_name_folded',
       listing ->> '$.nick_name', listing ->> '$.nick_name_folded',
       listing ->> '$.display_name', listing ->> '$.display_name_folded',
       listing ->> '$.email', listing ->> '$.email_folded'
FROM (SELECT ?3 AS listing)
WHERE TRUE
ON CONFLICT (user_id) DO UPDATE
SET created_at = excluded.created_at,
    organization_id = excluded.organization_id,
    standing = excluded.standing,
    username = excluded.username,
    username_folded = excluded.username_folded,
    given_name = excluded.given_name,
    given_name_folded = excluded.given_name_folded,
    family_name = excluded.family_name,
    family_name_folded = excluded.family_name_folded,
    nick_name = excluded.nick_name,
    nick_name_folded = excluded.nick_name_folded,
    display_name = excluded.display_name,
    display_name_folded = excluded.display_name_folded,
    email = excluded.email,
    email_folded = excluded.email_folded
-- Whoever stands so already is not written again.
WHERE (
    user_search.created_at, user_search.organization_id, user_search.standing,
    user_search.username, user_search.username_folded, user_search.given_name, user_search.given_name_folded,
    user_search.family_name, user_search.family_name_folded, user_search.nick_name, user_search.nick_name_folded,
    user_search.display_name, user_search.display_name_folded, user_search.email, user_search.email_folded
) IS NOT (
    excluded.created_at, excluded.organization_id, excluded.standing,
    excluded.username, excluded.username_folded, excluded.given_name, excluded.given_name_folded,
    excluded.family_name, excluded.family_name_folded, excluded.nick_name, excluded.nick_name_folded,
    excluded.display_name, excluded.display_name_folded, excluded.email, excluded.email_folded
)
