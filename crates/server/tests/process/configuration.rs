use crate::support::Setup;

#[test]
fn config_check_reports_all_problems_at_once_and_serve_refuses_the_same() {
    let setup = Setup::bare().with("RINGTRUE_CODE__FAILURES_MAX", "0");
    setup.file(
        "ringtrue.toml",
        "[server]\nlisten_on = \"x\"\n[sms]\ndelivery = \"send\"\n[auth]\nbootstrap_token = \"tell nobody\"\n",
    );
    for args in [&["config", "check"][..], &["serve"], &[]] {
        let ran = setup.run(args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        for expected in [
            "4 problems",
            "server.listen_on: is not a key; did you mean server.listen?",
            "sms.delivery: is \"send\", and there is no [[sms.providers]]",
            "auth.bootstrap_token: is visible ASCII",
            "code.failures_max: is 1 to 100",
            "(from RINGTRUE_CODE__FAILURES_MAX)",
            "(from ringtrue.toml)",
        ] {
            assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        }
        assert!(!ran.stderr.contains("tell nobody"), "{ran:?}");
    }
}

#[test]
fn a_sound_configuration_passes_the_check_and_starts_nothing() {
    let setup = Setup::bare();
    let ran = setup.run(&["config", "check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(!setup.folder().join(".ringtrue").exists());
}

#[test]
fn a_variable_of_ours_that_is_no_key_is_refused() {
    let ran = Setup::bare().with("RINGTRUE_SERVER__PORT", "80").run(&["serve"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("server.port: is not a key"), "{ran:?}");
}

#[test]
fn a_file_that_is_named_and_missing_is_refused() {
    let ran = Setup::bare().run(&["serve", "--config", "gone.toml"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("gone.toml"), "{ran:?}");
}

#[test]
fn config_show_names_every_source_and_no_secret() {
    let setup = Setup::new().with("RINGTRUE_STORAGE__URL", "postgres://user:hidden-word@db/x");
    setup.file(
        "r.toml",
        "[[keys]]\nid = \"k\"\nsecret = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n",
    );
    let ran = setup.run(&["config", "show", "--config", "r.toml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("server.listen = \"127.0.0.1:0\""), "{ran:?}");
    assert!(ran.stdout.contains("# RINGTRUE_SERVER__LISTEN"), "{ran:?}");
    assert!(ran.stdout.contains("# r.toml"), "{ran:?}");
    assert!(ran.stdout.contains("# default"), "{ran:?}");
    assert!(ran.stdout.contains("postgres://user:********@db/x"), "{ran:?}");
    for secret in ["hidden-word", crate::support::ADMIN, "AAECAwQF"] {
        assert!(!ran.stdout.contains(secret), "{secret}: {ran:?}");
    }
}

#[test]
fn wrong_arguments_exit_with_two() {
    assert_eq!(Setup::bare().run(&["serv"]).code, Some(2));
    assert_eq!(Setup::bare().run(&["token", "create"]).code, Some(2));
}

#[test]
fn as_many_threads_carry_calls_out_as_is_said() {
    let threads = |said: &str| {
        let setup = Setup::new().with("RINGTRUE_SERVER__WORKER_THREADS", said);
        setup.start().worker_threads()
    };
    // The main one is one of them.
    assert_eq!(threads("1"), 0);
    assert_eq!(threads("20"), 19);
}
