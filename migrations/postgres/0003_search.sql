-- What users are found by. It is a table of its own, and a narrow one, because a phone is set far more often than a name:
-- an index on `users` would be written to by every change of a phone. The binary keeps it in the commit that changes a
-- name, and fills in who is missing when it starts; see docs/adr/008.
-- Texts are compared byte by byte (COLLATE "C"). `…_folded` is the text with its capitals made small as the binary does it,
-- the same under every locale; only these are indexed, and the text itself is looked at for what they have found.

CREATE TABLE user_search (
    user_id             text COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id     text COLLATE "C" NOT NULL,
    standing            text COLLATE "C" NOT NULL,
    created_at          timestamptz      NOT NULL,
    username            text COLLATE "C" NOT NULL,
    username_folded     text COLLATE "C" NOT NULL,
    given_name          text COLLATE "C" NOT NULL,
    given_name_folded   text COLLATE "C" NOT NULL,
    family_name         text COLLATE "C" NOT NULL,
    family_name_folded  text COLLATE "C" NOT NULL,
    nick_name           text COLLATE "C" NOT NULL,
    nick_name_folded    text COLLATE "C" NOT NULL,
    display_name        text COLLATE "C" NOT NULL,
    display_name_folded text COLLATE "C" NOT NULL,
    email               text COLLATE "C" NOT NULL,
    email_folded        text COLLATE "C" NOT NULL
);

-- Each ends in the id, by which ties are sorted.
CREATE INDEX user_search_organization ON user_search (organization_id, user_id);
CREATE INDEX user_search_standing ON user_search (standing, user_id);
CREATE INDEX user_search_created ON user_search (created_at, user_id);
CREATE INDEX user_search_username ON user_search (username_folded, user_id);
CREATE INDEX user_search_given_name ON user_search (given_name_folded, user_id);
CREATE INDEX user_search_family_name ON user_search (family_name_folded, user_id);
CREATE INDEX user_search_nick_name ON user_search (nick_name_folded, user_id);
CREATE INDEX user_search_display_name ON user_search (display_name_folded, user_id);
CREATE INDEX user_search_email ON user_search (email_folded, user_id);

-- The one index that setting a phone writes to. With the id in it, a part of a number is looked for in the index alone.
CREATE INDEX users_phone ON users (phone, user_id) WHERE phone IS NOT NULL;

-- Parts and ends of texts are found by their trigrams. The extension comes with PostgreSQL, and whoever may create things in
-- the database may create it (it is trusted). Where it is missing or forbidden, such searches read user_search through.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE NOTICE 'pg_trgm cannot be had: parts and ends of texts are searched for without an index';
END
$$;
DO $$
DECLARE
    home text := (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm');
BEGIN
    IF home IS NOT NULL THEN
        EXECUTE format(
            'CREATE INDEX user_search_parts ON user_search USING gin (
                username_folded %1$s.gin_trgm_ops,
                given_name_folded %1$s.gin_trgm_ops,
                family_name_folded %1$s.gin_trgm_ops,
                nick_name_folded %1$s.gin_trgm_ops,
                display_name_folded %1$s.gin_trgm_ops,
                email_folded %1$s.gin_trgm_ops
            )',
            home
        );
    END IF;
END
$$;
