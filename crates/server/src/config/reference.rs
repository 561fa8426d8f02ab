//! The table of all keys: the defaults, what may stand where, and the text of `docs/configuration.md`.

use std::fmt::Write as _;

/// What kind of value a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Any number of texts: a list, or one text with commas between them.
    Texts,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Flag,
    /// A length of time, such as `90s` or `10m`.
    Duration,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// What holds when a key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This value.
    Value(&'static str),
    /// What this says, because it depends on other keys.
    Described(&'static str),
    /// Nothing.
    None,
}

impl Fallback {
    /// The value to start from, if it is one.
    pub(crate) const fn value(self) -> Option<&'static str> {
        match self {
            Self::Value(value) => Some(value),
            Self::Described(_) | Self::None => None,
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Where it stands; `[]` marks a list of tables.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) fallback: Fallback,
    /// Whether its value is never shown, and may stand in a file of its own.
    pub(crate) secret: bool,
    pub(crate) meaning: &'static str,
}

impl Key {
    const fn new(path: &'static str, kind: Kind, fallback: Fallback, meaning: &'static str) -> Self {
        Self {
            path,
            kind,
            fallback,
            secret: false,
            meaning,
        }
    }

    const fn secret(path: &'static str, fallback: Fallback, meaning: &'static str) -> Self {
        Self {
            secret: true,
            ..Self::new(path, Kind::Text, fallback, meaning)
        }
    }

    /// The file that holds a secret in its place.
    const fn file(path: &'static str, meaning: &'static str) -> Self {
        Self::new(path, Kind::Text, Fallback::None, meaning)
    }

    /// The environment variable that sets it; for a list, its first member.
    pub(crate) fn variable(&self) -> String {
        format!(
            "RINGTRUE_{}",
            self.path
                .replace("[]", ".0")
                .replace('.', "__")
                .to_ascii_uppercase()
        )
    }
}

/// The key at a path in which `[]` stands for every index.
pub(crate) fn find(pattern: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == pattern)
}

/// All keys, in the order of the page.
pub(crate) const KEYS: &[Key] = &[
    Key::new(
        "server.listen",
        Kind::Text,
        Fallback::Value("127.0.0.1:8080"),
        "The address and port that all protocols are served on. Port 0 takes a free one.",
    ),
    Key::new(
        "server.public_url",
        Kind::Text,
        Fallback::None,
        "How clients reach this server from outside, such as `https://phone.example.com`. `ringtrue inbox` asks there when it is an `http` URL.",
    ),
    Key::new(
        "server.docs",
        Kind::Flag,
        Fallback::Described("`true` with `sms.delivery = \"capture\"`, else `false`"),
        "Whether the reference is served, at `/docs` and `/openapi.json`.",
    ),
    Key::new(
        "server.tls.certificate",
        Kind::Text,
        Fallback::None,
        "A file with the server's chain of certificates in PEM, its own first. With it connections are encrypted, and in clear ones are refused; without it they are in clear, for a proxy to encrypt. The files are looked at every five seconds and at SIGHUP; connections that stand are not touched, and a pair that cannot be used changes nothing.",
    ),
    Key::new(
        "server.tls.key",
        Kind::Text,
        Fallback::None,
        "A file with the certificate's private key in PEM.",
    ),
    Key::new(
        "server.trusted_proxies",
        Kind::Texts,
        Fallback::Described("none"),
        "Networks and addresses of proxies, such as `10.0.0.0/8`. Of the addresses that they write into a header, the right-most one that is not in here is the client's; what stands left of it may be made up. From anybody else no header counts.",
    ),
    Key::new(
        "server.forwarded_header",
        Kind::Choice(&["x-forwarded-for", "forwarded"]),
        Fallback::Value("x-forwarded-for"),
        "The header that the trusted proxies write; the other one is not looked at. `forwarded` is RFC 7239's.",
    ),
    Key::new(
        "server.body_size_max",
        Kind::Integer,
        Fallback::Value("65536"),
        "The most bytes of a request's body, 1024 to 16777216; of a compressed one before and after.",
    ),
    Key::new(
        "server.request_timeout",
        Kind::Duration,
        Fallback::Value("15s"),
        "How long a call may take, 100ms to 5m; after that it is answered with a deadline error.",
    ),
    Key::new(
        "server.drain_delay",
        Kind::Duration,
        Fallback::Value("0s"),
        "From SIGTERM or Ctrl-C to refusing connections, at most 5m: the time that a load balancer has to see `/ready` turn.",
    ),
    Key::new(
        "server.shutdown_grace",
        Kind::Duration,
        Fallback::Value("20s"),
        "How long calls and messages in flight may take to finish after that, 1s to 10m. Keep both together below what the supervisor allows before it kills.",
    ),
    Key::new(
        "server.cors.origins",
        Kind::Text,
        Fallback::Value("any"),
        "Which pages may call: `any`, `none`, or their origins with spaces between them, such as `https://app.example.com http://localhost:3000`.",
    ),
    Key::new(
        "server.cors.credentials",
        Kind::Flag,
        Fallback::Value("true"),
        "Whether pages may call with their browser's credentials, as ZITADEL lets them. Ringtrue looks at none.",
    ),
    Key::new(
        "server.cors.max_age",
        Kind::Duration,
        Fallback::Value("10m"),
        "How long a browser may remember what pages may do, at most 24h.",
    ),
    Key::secret(
        "storage.url",
        Fallback::Value("sqlite://.ringtrue/ringtrue.db"),
        "`sqlite://PATH`, `postgres://USER:PASSWORD@HOST/DATABASE`, or `memory:`, which forgets everything when the process ends.",
    ),
    Key::file("storage.url_file", "A file that holds `storage.url`."),
    Key::new(
        "storage.connections_max",
        Kind::Integer,
        Fallback::Value("16"),
        "The most connections to PostgreSQL, 1 to 1000.",
    ),
    Key::new(
        "storage.commits_batched",
        Kind::Flag,
        Fallback::Value("true"),
        "Whether calls that come at once are written together, with one round trip and one sync of the disk. A lone call waits for nobody. Without effect in memory.",
    ),
    Key::new(
        "storage.loads_batched",
        Kind::Flag,
        Fallback::Value("true"),
        "Whether calls that come at once read their users together too, with one round trip. A lone call waits for nobody. Without effect in memory.",
    ),
    Key::secret(
        "auth.bootstrap_token",
        Fallback::None,
        "A token that is granted `IAM_OWNER` for as long as it stands here: visible ASCII characters, and enough of them not to be guessed; `openssl rand -base64 32` makes a good one.",
    ),
    Key::file(
        "auth.bootstrap_token_file",
        "A file that holds `auth.bootstrap_token`.",
    ),
    Key::new(
        "auth.issuers[].issuer",
        Kind::Text,
        Fallback::None,
        "An OpenID Connect issuer whose tokens are taken: its `iss`, exactly as in its discovery document.",
    ),
    Key::new(
        "auth.issuers[].audience",
        Kind::Texts,
        Fallback::None,
        "Whom tokens are meant for: one of these stands in `aud`. With ZITADEL, the id of the project.",
    ),
    Key::new(
        "auth.issuers[].algorithms",
        Kind::Texts,
        Fallback::Described("all that have public keys"),
        "What tokens may be signed with: `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`.",
    ),
    Key::new(
        "auth.issuers[].roles_claim",
        Kind::Text,
        Fallback::Described("`urn:zitadel:iam:org:project:roles`"),
        "Where the roles are: a claim's name, or a path with dots such as `realm_access.roles`. ZITADEL's object, a list, and a text with spaces are understood.",
    ),
    Key::new(
        "auth.issuers[].organization_claim",
        Kind::Text,
        Fallback::Described("`urn:zitadel:iam:user:resourceowner:id`"),
        "Where the id of the user's organisation is. `ORG_…` roles are held there unless the roles name organisations themselves, as ZITADEL's do.",
    ),
    Key::new(
        "auth.issuers[].roles",
        Kind::Texts,
        Fallback::Described("none: users may do what everybody may do to themselves"),
        "What the issuer's roles are here, such as `phone-manager=ORG_USER_MANAGER`. Others give nothing. An `IAM_…` role is held on the whole instance, whichever organisation gave it.",
    ),
    Key::new(
        "auth.issuers[].clock_skew",
        Kind::Duration,
        Fallback::Described("`30s`"),
        "By how much the issuer's clock may differ, 0s to 5m.",
    ),
    Key::new(
        "auth.issuers[].keys_lifetime",
        Kind::Duration,
        Fallback::Described("`10m`"),
        "After how long the issuer's keys are fetched again, 1m to 24h. A token with a key that is not known makes that sooner. While the issuer does not answer, they are good for a day.",
    ),
    Key::new(
        "auth.issuers[].client_id",
        Kind::Text,
        Fallback::None,
        "As whom the issuer is asked about opaque tokens. Without it there are none. One issuer may have it.",
    ),
    Key::secret(
        "auth.issuers[].client_secret",
        Fallback::None,
        "The secret that goes with `client_id`.",
    ),
    Key::file(
        "auth.issuers[].client_secret_file",
        "A file that holds `client_secret`.",
    ),
    Key::new(
        "auth.issuers[].introspection_endpoint",
        Kind::Text,
        Fallback::Described("what the discovery document says"),
        "Where the issuer is asked about opaque tokens.",
    ),
    Key::new(
        "auth.issuers[].introspection_lifetime",
        Kind::Duration,
        Fallback::Described("`10s`"),
        "How long its answer is believed, 1s to 5m: so long may a token be used that the issuer has revoked.",
    ),
    Key::new(
        "organization.id",
        Kind::Text,
        Fallback::Value("ringtrue"),
        "The id of the default organisation, which is created at start if it is missing.",
    ),
    Key::new(
        "organization.name",
        Kind::Text,
        Fallback::Value("Ringtrue"),
        "The name that the default organisation is created with.",
    ),
    Key::new(
        "phone.default_region",
        Kind::Text,
        Fallback::None,
        "The country whose national numbers are understood, as ISO 3166-1 alpha-2, such as `CH`. Without it a number needs its country code.",
    ),
    Key::new(
        "phone.validation",
        Kind::Choice(&["valid", "possible", "parseable"]),
        Fallback::Value("valid"),
        "What a number must be: assigned by its country's numbering plan, of a length that the country uses, or anything that parses.",
    ),
    Key::new(
        "phone.unique_verified",
        Kind::Choice(&["off", "organization", "instance"]),
        Fallback::Value("off"),
        "Whether only one user of an organisation, or of the whole instance, may have verified a number. Numbers that are not verified stand in nobody's way. The same on every replica; at start it is applied to the users there are, and `serve` does not start if several of them have verified one number.",
    ),
    Key::new(
        "code.length",
        Kind::Integer,
        Fallback::Value("6"),
        "The number of characters of a code, 6 to 20.",
    ),
    Key::new(
        "code.alphabet",
        Kind::Choice(&["digits", "upper-alphanumeric"]),
        Fallback::Value("digits"),
        "What codes are made of.",
    ),
    Key::new(
        "code.lifetime",
        Kind::Duration,
        Fallback::Value("10m"),
        "How long a code is accepted, from 30s. NIST SP 800-63B-4 §3.1.3.2 allows ten minutes at most, and more is refused unless the next key says so.",
    ),
    Key::new(
        "code.lifetime_beyond_nist_sp_800_63b_4",
        Kind::Flag,
        Fallback::Value("false"),
        "Lets `code.lifetime` go beyond ten minutes, up to 24h, and so leaves NIST SP 800-63B-4.",
    ),
    Key::new(
        "code.failures_max",
        Kind::Integer,
        Fallback::Value("5"),
        "How many wrong codes in a row kill the outstanding code, 1 to 100. Resending does not reset the count.",
    ),
    Key::new(
        "idempotency.required",
        Kind::Flag,
        Fallback::Value("false"),
        "Whether a write without an `Idempotency-Key` is refused.",
    ),
    Key::new(
        "idempotency.lifetime",
        Kind::Duration,
        Fallback::Value("24h"),
        "How long a call with an `Idempotency-Key` is answered as it was the first time, 1m to 30d.",
    ),
    Key::new(
        "sms.delivery",
        Kind::Choice(&["send", "capture"]),
        Fallback::Described("`capture`, on a loopback address without providers"),
        "`send` hands messages to a provider. `capture` keeps them in an inbox that `ringtrue inbox` and `GET /dev/inbox` show to whoever asks; on an address that others reach it has to be said explicitly.",
    ),
    Key::new(
        "sms.lease",
        Kind::Duration,
        Fallback::Value("30s"),
        "How long a message belongs to the process that is handing it off, 2s to 10m. When a process dies, its messages wait this long before another sends them. A provider gets half of it to answer, ten seconds at most.",
    ),
    Key::new(
        "sms.concurrency",
        Kind::Integer,
        Fallback::Value("16"),
        "How many messages each process hands to the provider at once, 1 to 1000. A provider that takes 200 ms is sent five times as many in a second; ask yours how many it takes. Captured messages have nobody to wait for and are not held back by this.",
    ),
    Key::new(
        "sms.retention",
        Kind::Duration,
        Fallback::Value("90d"),
        "How long it is kept of a message that it was sent, under which reference of the provider, or why it was not: 1h to 3650d. The text and the number are gone once it was sent. The history of users is not touched.",
    ),
    Key::new(
        "sms.providers[].id",
        Kind::Text,
        Fallback::None,
        "The provider's name, in logs.",
    ),
    Key::new(
        "sms.providers[].kind",
        Kind::Choice(&["twilio"]),
        Fallback::None,
        "Which provider it is.",
    ),
    Key::new(
        "sms.providers[].account_sid",
        Kind::Text,
        Fallback::None,
        "Twilio's account, `AC…`.",
    ),
    Key::secret(
        "sms.providers[].auth_token",
        Fallback::None,
        "The account's secret.",
    ),
    Key::file(
        "sms.providers[].auth_token_file",
        "A file that holds `auth_token`.",
    ),
    Key::new(
        "sms.providers[].from",
        Kind::Text,
        Fallback::None,
        "The number or name that messages come from. Either this or `messaging_service_sid`.",
    ),
    Key::new(
        "sms.providers[].messaging_service_sid",
        Kind::Text,
        Fallback::None,
        "The Twilio messaging service that picks the sender, `MG…`. Either this or `from`.",
    ),
    Key::new(
        "sms.providers[].base_url",
        Kind::Text,
        Fallback::Described("`https://api.twilio.com`"),
        "Where the provider's API is.",
    ),
    Key::new(
        "keys[].id",
        Kind::Text,
        Fallback::None,
        "The key's name, which is stored with everything written under it. Never give a name to another secret.",
    ),
    Key::secret(
        "keys[].secret",
        Fallback::Described("made on first start, for SQLite"),
        "32 random bytes in base64: `openssl rand -base64 32`.",
    ),
    Key::file("keys[].secret_file", "A file that holds `secret`."),
];

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `cargo run -- config reference`; a test compares. Edit crates/server/src/config/reference.rs. -->

With nothing configured Ringtrue serves on `127.0.0.1:8080`, keeps a SQLite file in `.ringtrue/` and captures
messages in place of sending them.

Values come from three places; a later one wins:

1. the defaults below,
2. a TOML file: the one that `--config FILE` names, else `ringtrue.toml` in the working directory if there is one,
3. environment variables `RINGTRUE_<SECTION>__<KEY>`, with two underscores after each name.

A member of a list has its number in the variable, from 0: `RINGTRUE_KEYS__0__ID`,
`RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN`. It is laid over the member of that number in the file.

Unknown keys are refused, in the file and in the environment. All problems are reported at once, with exit code 2;
`ringtrue config check` looks for them without starting anything, and `ringtrue config show` prints what is in force and
where each value came from, with secrets masked.

Every secret has a twin that ends in `_file` and names a file with the secret in it; white space around it is ignored.
Setting both is refused. Relative paths are relative to the working directory.

A list of texts may be written as one text with commas: `RINGTRUE_AUTH__ISSUERS__0__AUDIENCE=web,app`.

Lengths of time are a number and a unit, `ms`, `s`, `m`, `h` or `d`, and may be put together: `1h30m`.

`RINGTRUE_LOG` filters the log, which goes to standard error, and is no key: `RINGTRUE_LOG=debug`,
`RINGTRUE_LOG=warn,ringtrue=debug`. Its default is `info`.

## Keys for codes and messages

`[[keys]]` is the ring from which the keys are derived that hash codes for checking, seal messages that wait to be
sent, and seal the answers to calls with an `Idempotency-Key`. The first key writes, all of them read: to rotate, put a new one in front, and take the old one out when what was
written under it has expired, which takes as long as `code.lifetime` or `idempotency.lifetime`, whichever is longer.

With SQLite and no `[[keys]]`, the first start makes one in `keys.toml` beside the database, readable by its owner only.
With `memory:` one is drawn that lives as long as the process. PostgreSQL needs it in the configuration, because every
replica must have the same.

```toml
[[keys]]
id = \"2026-11\"
secret_file = \"/run/secrets/ringtrue-key\"
```

## Tokens of an identity provider

With ZITADEL, tokens that an application asks for with the scope `urn:zitadel:iam:org:project:id:PROJECT:aud` are for this
service when `PROJECT`, the id of the project with the roles, is the audience. Opaque ones need an API application of that
project to ask about them.

```toml
[[auth.issuers]]
issuer = \"https://login.example.com\"
audience = [\"312345678901234567\"]
roles = [\"phone-manager=ORG_USER_MANAGER\"]
client_id = \"312345678901234568\"
client_secret_file = \"/run/secrets/zitadel\"
```

With Keycloak, `ringtrue` is a client of the realm that an audience mapper puts into the tokens:

```toml
[[auth.issuers]]
issuer = \"https://id.example.com/realms/shop\"
audience = [\"ringtrue\"]
roles_claim = \"realm_access.roles\"
roles = [\"phone-operator=IAM_USER_MANAGER\"]
```

## Sending with Twilio

```toml
[sms]
delivery = \"send\"

[[sms.providers]]
id = \"main\"
kind = \"twilio\"
account_sid = \"AC00000000000000000000000000000000\"
auth_token_file = \"/run/secrets/twilio\"
messaging_service_sid = \"MG00000000000000000000000000000000\"
```

`send` takes exactly one provider.
";

/// The page `docs/configuration.md`.
pub(crate) fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for key in KEYS {
        let own = key
            .path
            .split_once(['.', '['])
            .map_or(key.path, |(section, _)| section);
        if own != section {
            section = own;
            let _ = write!(
                page,
                "\n## `{section}`\n\n| key | value | default | variable | meaning |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | `{}` | {} |",
            key.path,
            kind(key),
            fallback(key),
            key.variable(),
            key.meaning
        );
    }
    page
}

fn kind(key: &Key) -> String {
    match key.kind {
        Kind::Text if key.secret => "text, secret".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Integer => "whole number".to_owned(),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Duration => "length of time".to_owned(),
        Kind::Choice(names) => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn fallback(key: &Key) -> String {
    match key.fallback {
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Described(text) => text.to_owned(),
        Fallback::None => "—".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_one_this_table_writes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page(),
            "docs/configuration.md is not what the table says; write it with: cargo run -- config reference > docs/configuration.md"
        );
    }

    #[test]
    fn every_secret_has_a_file_in_its_place() {
        for key in KEYS.iter().filter(|key| key.secret) {
            assert!(find(&format!("{}_file", key.path)).is_some(), "{}", key.path);
        }
    }

    #[test]
    fn variables_are_named_after_their_keys() {
        assert_eq!(
            find("server.listen").unwrap().variable(),
            "RINGTRUE_SERVER__LISTEN"
        );
        assert_eq!(
            find("sms.providers[].auth_token").unwrap().variable(),
            "RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN"
        );
    }
}
