use std::{fs, time::Duration};

use ringtrue_core::access::Role;
use secrecy::ExposeSecret as _;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.toml");
    fs::write(&path, file).unwrap();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_layers(Some(&path), &environment)
        .map_err(|problems| problems.to_string().replace(&path.display().to_string(), "FILE"))
}

#[test]
fn with_nothing_configured_the_defaults_are_sqlite_capture_and_loopback() {
    let config = Config::from_layers(None, &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert!(matches!(&config.storage.url, StorageUrl::Sqlite(path) if path.ends_with("ringtrue.db")));
    assert_eq!(config.storage.url.folder(), Some(Path::new(".ringtrue")));
    assert!(config.storage.commits_batched && config.storage.loads_batched && config.auth.tokens_cached);
    assert!(matches!(
        config.sms.delivery,
        Delivery::Capture { explicit: false }
    ));
    assert_eq!(config.code, CodePolicy::default());
    assert!(config.keys.is_empty());
}

#[test]
fn all_problems_are_reported_at_once_with_their_keys() {
    let problems = load(
        r#"
        [server]
        listen = "localhost"
        listne = "127.0.0.1:1"
        body_size_max = -1
        [code]
        length = 5
        lifetime = "1h"
        failures_max = 101
        alphabet = ["digits"]
        [phone]
        default_region = "Switzerland"
        validation = "strict"
        [auth]
        bootstrap_token = "two words"
        [sms]
        delivery = "send"
        [nonsense]
        x = 1
        "#,
        &[("RINGTRUE_STORAGE__CONNECTIONS_MAX", "many")],
    )
    .unwrap_err();
    for expected in [
        "the configuration has 13 problems:",
        "server.listen: is an IP address and a port",
        "server.listne: is not a key; did you mean server.listen? (from FILE)",
        "server.body_size_max: is a whole number, not negative (from FILE)",
        "code.length: a code has 6 to 20 characters",
        "code.lifetime: is longer than the ten minutes that NIST SP 800-63B-4",
        "code.failures_max: is 1 to 100",
        "code.alphabet: is one text, in quotation marks",
        "phone.default_region: a region is written as its two-letter",
        "phone.validation: is \"valid\" or \"possible\" or \"parseable\"",
        "auth.bootstrap_token: is visible ASCII characters without spaces",
        "sms.delivery: is \"send\", and there is no [[sms.providers]]",
        "nonsense: is not a key",
        "storage.connections_max: is a whole number, not negative (from RINGTRUE_STORAGE__CONNECTIONS_MAX)",
    ] {
        assert!(problems.contains(expected), "{expected}\nis not in\n{problems}");
    }
    assert!(!problems.contains("two words"), "a secret is quoted");
}

#[test]
fn events_are_kept_for_ever_unless_it_is_said_for_how_long() {
    let retention = |value: &[(&str, &str)]| load("", value).map(|config| config.storage.events_retention);
    assert_eq!(retention(&[]).unwrap(), None);
    let key = "RINGTRUE_STORAGE__EVENTS_RETENTION";
    assert_eq!(
        retention(&[(key, "400d")]).unwrap(),
        Some(time::Duration::days(400))
    );
    for wrong in ["23h", "3651d", "0s"] {
        let problem = retention(&[(key, wrong)]).unwrap_err();
        assert!(
            problem.contains("storage.events_retention: is 24h to 3650d"),
            "{problem}"
        );
    }
}

#[test]
fn there_are_as_many_threads_as_cores_unless_it_is_said_how_many() {
    let threads = |value: &[(&str, &str)]| load("", value).map(|config| config.server.worker_threads);
    assert_eq!(threads(&[]).unwrap(), None);
    let key = "RINGTRUE_SERVER__WORKER_THREADS";
    assert_eq!(threads(&[(key, "1")]).unwrap().map(usize::from), Some(1));
    for wrong in ["0", "1025"] {
        let problem = threads(&[(key, wrong)]).unwrap_err();
        assert!(
            problem.contains("server.worker_threads: is 1 to 1024"),
            "{problem}"
        );
    }
    let problem = threads(&[(key, "99999999999999999999")]).unwrap_err();
    assert!(problem.contains("server.worker_threads: is "), "{problem}");
}

#[test]
fn batches_at_once_are_one_to_four() {
    let at_once = |value: &[(&str, &str)]| load("", value).map(|config| config.storage.batches_at_once);
    assert_eq!(at_once(&[]).unwrap(), None);
    let key = "RINGTRUE_STORAGE__BATCHES_AT_ONCE";
    for count in 1..=4 {
        let said = at_once(&[(key, &count.to_string())]).unwrap();
        assert_eq!(said.map(usize::from), Some(count));
    }
    for wrong in ["0", "5"] {
        let problem = at_once(&[(key, wrong)]).unwrap_err();
        assert!(
            problem.contains("storage.batches_at_once: is 1 to 4"),
            "{problem}"
        );
    }
}

#[test]
fn visits_to_the_outbox_are_a_millisecond_to_a_second_apart() {
    let interval = |value: &[(&str, &str)]| load("", value).map(|config| config.sms.claim_interval);
    assert_eq!(interval(&[]).unwrap(), Duration::from_millis(50));
    let key = "RINGTRUE_SMS__CLAIM_INTERVAL";
    assert_eq!(interval(&[(key, "250ms")]).unwrap(), Duration::from_millis(250));
    for wrong in ["0ms", "2s"] {
        let problem = interval(&[(key, wrong)]).unwrap_err();
        assert!(problem.contains("sms.claim_interval: is 1ms to 1s"), "{problem}");
    }
}

#[test]
fn the_environment_wins_over_the_file_and_reaches_into_lists() {
    let config = load(
        r#"
        [server]
        listen = "127.0.0.1:1"
        [sms]
        delivery = "send"
        [[sms.providers]]
        id = "main"
        kind = "twilio"
        account_sid = "AC1"
        from = "+41790000000"
        "#,
        &[
            ("RINGTRUE_SERVER__LISTEN", "127.0.0.1:2"),
            ("RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN", "00012345"),
            ("RINGTRUE_CODE__LENGTH", "8"),
            ("RINGTRUE_KEYS__1__ID", "old"),
            ("RINGTRUE_KEYS__1__SECRET", KEY),
            ("RINGTRUE_KEYS__0__ID", "2026"),
            ("RINGTRUE_KEYS__0__SECRET", KEY),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 2);
    let Delivery::Send(provider) = &config.sms.delivery else {
        panic!("a provider is configured");
    };
    assert_eq!(provider.twilio.auth_token.expose_secret(), "00012345");
    assert_eq!(format!("{:?}", config.keys), "[KeyConfig(2026), KeyConfig(old)]");
}

#[test]
fn a_variable_of_ours_that_names_no_key_is_refused_and_anothers_is_left_alone() {
    let problems = load(
        "",
        &[
            ("RINGTRUE_SERVER__PORT", "1"),
            ("RINGTRUE_NOWHERE__X", "1"),
            ("RINGTRUE_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ],
    )
    .unwrap_err();
    assert!(problems.contains("server.port: is not a key"), "{problems}");
    assert!(problems.contains("nowhere: is not a key"), "{problems}");
    assert!(problems.contains("2 problems"), "{problems}");

    let slip = load("", &[("RINGTRUE_SERVER_LISTEN", "127.0.0.1:1")]).unwrap_err();
    assert!(
        slip.contains("RINGTRUE_SERVER_LISTEN: is not read") && slip.contains("RINGTRUE_SERVER__LISTEN"),
        "{slip}"
    );
}

#[test]
fn a_lifetime_beyond_ten_minutes_takes_the_words_that_leave_the_standard() {
    assert!(load("code.lifetime = \"11m\"", &[]).is_err());
    let said = "code.lifetime = \"11m\"\ncode.lifetime_beyond_nist_sp_800_63b_4 = true";
    assert_eq!(
        load(said, &[]).unwrap().code.lifetime,
        time::Duration::minutes(11)
    );
    assert!(load(&said.replace("11m", "25h"), &[]).is_err());
}

#[test]
fn capture_on_an_address_that_others_reach_has_to_be_said() {
    let open = "server.listen = \"0.0.0.0:8080\"";
    let problems = load(open, &[]).unwrap_err();
    assert!(
        problems.contains("sms.delivery: is missing, and others reach"),
        "{problems}"
    );
    assert!(load(&format!("{open}\nsms.delivery = \"capture\""), &[]).is_ok());
}

#[test]
fn a_provider_has_exactly_one_sender() {
    let provider = |sender: &str| {
        format!(
            "sms.delivery = \"send\"\n[[sms.providers]]\nid = \"m\"\nkind = \"twilio\"\naccount_sid = \"AC\"\nauth_token = \"t\"\n{sender}"
        )
    };
    assert!(load(&provider("from = \"+41790000000\""), &[]).is_ok());
    assert!(load(&provider("messaging_service_sid = \"MG\""), &[]).is_ok());
    let none = load(&provider(""), &[]).unwrap_err();
    assert!(none.contains("sms.providers[0].from: is missing"), "{none}");
    let both = load(&provider("from = \"a\"\nmessaging_service_sid = \"MG\""), &[]).unwrap_err();
    assert!(both.contains("sms.providers[0].from: stands beside"), "{both}");
    let unsaid = load(
        &provider("from = \"a\"").replace("sms.delivery = \"send\"", ""),
        &[],
    )
    .unwrap_err();
    assert!(
        unsaid.contains("sms.delivery: is missing, though there are providers"),
        "{unsaid}"
    );
}

#[test]
fn proxies_are_networks_or_addresses_and_a_certificate_is_two_files() {
    let good =
        "server.trusted_proxies = [\"10.0.0.0/8\", \"2001:db8::1\"]\nserver.forwarded_header = \"forwarded\"";
    assert!(load(good, &[]).is_ok());
    assert!(load("", &[("RINGTRUE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).is_ok());
    let wrong = "server.trusted_proxies = [\"10.0.0.0/33\"]\nserver.forwarded_header = \"via\"\n\
                 server.tls.certificate = \"nowhere.pem\"";
    let problems = load(wrong, &[]).unwrap_err();
    for said in [
        "server.trusted_proxies: lists networks and addresses",
        "server.forwarded_header: is \"x-forwarded-for\" or \"forwarded\"",
        "server.tls.key: is missing",
    ] {
        assert!(problems.contains(said), "{said}: {problems}");
    }
    let files = "server.tls.certificate = \"nowhere.pem\"\nserver.tls.key = \"nowhere.key\"";
    let problems = load(files, &[]).unwrap_err();
    assert!(
        problems.contains("server.tls.certificate: could not read nowhere.pem"),
        "{problems}"
    );
}

const ISSUER: &str =
    "[[auth.issuers]]\nissuer = \"https://login.example.com\"\naudience = [\"42\", \"43\"]\n";

#[test]
fn an_issuer_takes_its_name_and_an_audience_and_the_rest_has_defaults() {
    let config = load(ISSUER, &[]).unwrap();
    let [issuer] = &*config.auth.issuers else {
        panic!("one issuer")
    };
    assert_eq!(issuer.config.issuer, "https://login.example.com");
    assert_eq!(issuer.config.algorithms.len(), 9);
    assert_eq!(
        issuer.config.roles.roles_claim,
        "urn:zitadel:iam:org:project:roles"
    );
    assert!(issuer.opaque.is_none());

    let variables = [
        ("RINGTRUE_AUTH__ISSUERS__0__ISSUER", "http://127.0.0.1:1"),
        ("RINGTRUE_AUTH__ISSUERS__0__AUDIENCE", "42, 43"),
        ("RINGTRUE_AUTH__ISSUERS__0__ROLES", "a=IAM_OWNER,b=c=ORG_OWNER"),
        ("RINGTRUE_AUTH__ISSUERS__0__CLIENT_ID", "me"),
        ("RINGTRUE_AUTH__ISSUERS__0__CLIENT_SECRET", "secret"),
    ];
    let config = load("", &variables).unwrap();
    let [issuer] = &*config.auth.issuers else {
        panic!("one issuer")
    };
    let roles = [
        ("a".to_owned(), Role::IamOwner),
        ("b=c".to_owned(), Role::OrgOwner),
    ];
    assert_eq!(issuer.config.roles.roles, roles);
    assert!(issuer.opaque.is_some());
}

#[test]
fn everything_that_is_wrong_with_an_issuer_is_said_at_once() {
    let wrong = "[[auth.issuers]]\nissuer = \"http://login.example.com\"\nalgorithms = [\"HS256\"]\n\
                 roles = [\"admin\"]\nclock_skew = \"1h\"\nkeys_lifetime = \"1s\"\nclient_id = \"me\"\n\
                 introspection_endpoint = \"x\"\nintrospection_lifetime = \"1h\"\n";
    let problems = load(wrong, &[]).unwrap_err();
    for key in [
        "issuer: is an https URL",
        "audience: is missing",
        "algorithms: lists algorithms with public keys",
        "roles: lists what roles are here",
        "clock_skew: is 0s to 5m",
        "keys_lifetime: is 1m to 24h",
        "client_secret: is missing",
        "introspection_endpoint: is an https URL",
        "introspection_lifetime: is 1s to 5m",
    ] {
        assert!(
            problems.contains(&format!("auth.issuers[0].{key}")),
            "{key}: {problems}"
        );
    }
    assert!(problems.contains("9 problems"), "{problems}");

    let role = load(&format!("{ISSUER}roles = \"admin=OWNER\""), &[]).unwrap_err();
    assert!(role.contains("the roles are IAM_OWNER"), "{role}");
    let twice = load(&ISSUER.repeat(2), &[]).unwrap_err();
    assert!(twice.contains("auth.issuers[1].issuer: stands twice"), "{twice}");
    let client = "client_id = \"a\"\nclient_secret = \"hidden-s\"\n";
    let other = ISSUER.replace("login", "other");
    let both = load(&format!("{ISSUER}{client}{other}{client}"), &[]).unwrap_err();
    assert!(
        both.contains("auth.issuers[1].client_id: stands in another issuer too"),
        "{both}"
    );
    assert!(!both.contains("hidden"), "{both}");
    let number = load(&ISSUER.replace("[\"42\", \"43\"]", "[[]]"), &[]).unwrap_err();
    assert!(
        number.contains("auth.issuers[0].audience: is a list of texts"),
        "{number}"
    );
}

#[test]
fn a_list_of_texts_is_shown_and_its_neighbour_the_secret_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ringtrue.toml");
    fs::write(
        &path,
        format!("{ISSUER}client_id = \"a\"\nclient_secret = \"hidden-s\"\n"),
    )
    .unwrap();
    let shown = show::lines(&source::merge(Some(&path), &[]).unwrap(), Some(&path));
    assert!(shown.contains("auth.issuers[0].audience[1] = \"43\""), "{shown}");
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn postgres_needs_keys_and_says_how_to_make_one() {
    let url = "storage.url = \"postgres://localhost/ringtrue\"";
    let problems = load(url, &[]).unwrap_err();
    assert!(problems.contains("keys: is missing") && problems.contains("openssl rand -base64 32"));
    let short = load(&format!("{url}\n[[keys]]\nid = \"a\"\nsecret = \"AAAA\""), &[]).unwrap_err();
    assert!(short.contains("keys[0].secret: is 32 bytes in base64"), "{short}");
    assert!(!short.contains("AAAA"), "a secret is quoted");
    let twice =
        format!("{url}\n[[keys]]\nid = \"a\"\nsecret = \"{KEY}\"\n[[keys]]\nid = \"a\"\nsecret = \"{KEY}\"");
    assert!(
        load(&twice, &[])
            .unwrap_err()
            .contains("keys[1].id: stands twice")
    );
    assert!(load(&format!("{url}\n[[keys]]\nid = \"a\"\nsecret = \"{KEY}\""), &[]).is_ok());
}

#[test]
fn memory_needs_a_bootstrap_token() {
    let url = "storage.url = \"memory:\"";
    assert!(
        load(url, &[])
            .unwrap_err()
            .contains("auth.bootstrap_token: is missing")
    );
    assert!(
        load(
            &format!("{url}\nauth.bootstrap_token = \"0123456789abcdef\""),
            &[]
        )
        .is_ok()
    );
}

#[test]
fn a_secret_file_takes_the_place_of_a_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    fs::write(&path, "sqlite:///var/lib/ringtrue/r.db\n").unwrap();
    let file = format!("storage.url_file = {:?}", path.display().to_string());
    let config = load(&file, &[]).unwrap();
    assert!(
        matches!(&config.storage.url, StorageUrl::Sqlite(path) if path == Path::new("/var/lib/ringtrue/r.db"))
    );
    let both = format!("{file}\nstorage.url = \"memory:\"");
    assert!(
        load(&both, &[])
            .unwrap_err()
            .contains("storage.url: stands beside storage.url_file")
    );
}

#[test]
fn a_file_that_is_no_toml_is_refused_without_quoting_it() {
    let problems = load("auth.bootstrap_token = \"very-secret-token\" oops", &[]).unwrap_err();
    assert!(
        problems.contains("FILE: TOML parse error at line 1"),
        "{problems}"
    );
    assert!(!problems.contains("very-secret"), "{problems}");
}

#[test]
fn the_effective_values_are_shown_with_their_sources_and_without_secrets() {
    let merged = source::merge(
        None,
        &[
            (
                "RINGTRUE_AUTH__BOOTSTRAP_TOKEN".to_owned(),
                "hidden-hidden-hidden".to_owned(),
            ),
            ("RINGTRUE_KEYS__0__SECRET".to_owned(), "hidden-key".to_owned()),
            (
                "RINGTRUE_AUTH__BOOTSTRAP_TOKE".to_owned(),
                "hidden-slip".to_owned(),
            ),
        ],
    )
    .unwrap();
    let shown = show::lines(&merged, None);
    assert!(!shown.contains("hidden"), "{shown}");
    assert!(shown.contains("# RINGTRUE_AUTH__BOOTSTRAP_TOKEN\n"), "{shown}");
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("code.length = 6 ") && line.ends_with("# default")),
        "{shown}"
    );
}

/// Serde names the fields of a struct when it refuses another one: the way to read them without a list of their own.
#[test]
fn the_sections_and_the_table_have_the_same_keys() {
    fn fields<T: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let stray = Value::new(None, Map::from_iter([("?".to_owned(), Value::new(None, 1))]));
        let said = stray.try_deserialize::<T>().unwrap_err().to_string();
        let (_, names) = said.split_once("expected").unwrap();
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
    let sections = [
        ("server", fields::<server::RawServer>()),
        ("server.tls", fields::<server::RawTls>()),
        ("server.cors", fields::<cors::RawCors>()),
        ("storage", fields::<storage::RawStorage>()),
        ("auth", fields::<auth::RawAuth>()),
        ("auth.issuers[]", fields::<issuer::RawIssuer>()),
        ("organization", fields::<organization::RawOrganization>()),
        ("phone", fields::<phone::RawPhone>()),
        ("code", fields::<code::RawCode>()),
        ("idempotency", fields::<idempotency::RawIdempotency>()),
        ("sms", fields::<sms::RawSms>()),
        ("sms.providers[]", fields::<sms::RawProvider>()),
        ("keys[]", fields::<keys::RawKey>()),
    ];
    let mut read: Vec<String> = sections
        .iter()
        .flat_map(|(section, fields)| fields.iter().map(move |field| format!("{section}.{field}")))
        .filter(|path| {
            !["sms.providers", "auth.issuers", "server.cors", "server.tls"].contains(&path.as_str())
        })
        .collect();
    let mut listed: Vec<String> = reference::KEYS.iter().map(|key| key.path.to_owned()).collect();
    read.sort();
    listed.sort();
    assert_eq!(read, listed);
}
