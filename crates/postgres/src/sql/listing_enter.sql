-- listing.mend: who is here
INSERT INTO user_search (
           user_id, organization_id, standing, created_at, username, username_folded, given_name, given_name_folded,
           family_name, family_name_folded, nick_name, nick_name_folded, display_name, display_name_folded,
           email, email_folded
       )
SELECT listed.user_id, listing.*
  FROM unnest($1::text[], $2::jsonb[]) AS listed (user_id, listing)
 CROSS JOIN jsonb_to_record(listed.listing) AS listing (
           organization_id text, standing text, created_at timestamptz,
           username text, username_folded text, given_name text, given_name_folded text,
           family_name text, family_name_folded text, nick_name text, nick_name_folded text,
           display_name text, display_name_folded text, email text, email_folded text
       )
    ON CONFLICT (user_id) DO UPDATE
   SET organization_id = excluded.organization_id,
       standing = excluded.standing,
       created_at = excluded.created_at,
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
