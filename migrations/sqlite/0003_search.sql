-- What users are found by. It is a table of its own, and a narrow one, because a phone is set far more often than a name:
-- an index on `users` would be written to by every change of a phone. The binary keeps it in the commit that changes a
-- name, and fills in who is missing when it starts; see docs/adr/008.
-- Texts compare byte by byte, which is SQLite's default. `…_folded` is the text with its capitals made small as the binary
-- does it; SQLite's own lower() knows A to Z. Only these are indexed, and the text itself is looked at for what they have
-- found.

CREATE TABLE user_search (
    user_id             TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL,
    standing            TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    username            TEXT    NOT NULL,
    username_folded     TEXT    NOT NULL,
    given_name          TEXT    NOT NULL,
    given_name_folded   TEXT    NOT NULL,
    family_name         TEXT    NOT NULL,
    family_name_folded  TEXT    NOT NULL,
    nick_name           TEXT    NOT NULL,
    nick_name_folded    TEXT    NOT NULL,
    display_name        TEXT    NOT NULL,
    display_name_folded TEXT    NOT NULL,
    email               TEXT    NOT NULL,
    email_folded        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

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

-- The one index that setting a phone writes to.
CREATE INDEX users_phone ON users (phone, user_id) WHERE phone IS NOT NULL;

-- PostgreSQL also has trigrams (user_search_parts). Here parts and ends of texts are looked for by reading through: the
-- embedded database is for as many users as that is quick for.
