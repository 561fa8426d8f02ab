//! TLS at the real binary, as curl sees it.

use std::process::Command;

use crate::support::{ADMIN, Ringtrue, Setup};

/// Writes a certificate for 127.0.0.1 and its key where the server looks for them.
fn write_certificate(setup: &Setup) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    setup.file("key.pem", &made.signing_key.serialize_pem());
    setup.file("certificate.pem", &made.cert.pem());
}

fn encrypted() -> Setup {
    let setup = Setup::new()
        .with("RINGTRUE_SERVER__TLS__CERTIFICATE", "certificate.pem")
        .with("RINGTRUE_SERVER__TLS__KEY", "key.pem");
    write_certificate(&setup);
    setup
}

/// Status, HTTP's version, and whether the server was believed.
fn curl(setup: &Setup, server: &Ringtrue, http: &str, root: &str) -> (String, bool) {
    let ran = Command::new("curl")
        .args([
            "-sS",
            http,
            "--cacert",
            root,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{http_version}",
        ])
        .args(["-H", &format!("Authorization: Bearer {ADMIN}")])
        .arg(format!("https://{}/v2/users/nobody", server.address()))
        .current_dir(setup.folder())
        .output()
        .unwrap();
    (String::from_utf8(ran.stdout).unwrap(), ran.status.success())
}

#[test]
fn a_certificate_is_exchanged_when_its_files_change_and_a_bad_one_changes_nothing() {
    let setup = encrypted();
    let server = setup.start();
    assert!(server.base_url().starts_with("https://"), "{}", server.base_url());
    for (http, spoken) in [("--http1.1", "404 1.1"), ("--http2", "404 2")] {
        assert_eq!(
            curl(&setup, &server, http, "certificate.pem"),
            (spoken.to_owned(), true)
        );
    }

    std::fs::copy(
        setup.folder().join("certificate.pem"),
        setup.folder().join("old.pem"),
    )
    .unwrap();
    setup.file("key.pem", "half a k");
    server.hang_up();
    let said = server
        .stderr
        .wait_for(|line| line.contains("cannot be used: the certificate in use stays"));
    assert!(said.is_some());
    assert!(curl(&setup, &server, "--http2", "old.pem").1);

    write_certificate(&setup);
    server.hang_up();
    let said = server
        .stderr
        .wait_for(|line| line.contains("new connections get it"));
    assert!(said.is_some());
    assert!(curl(&setup, &server, "--http2", "certificate.pem").1);
    assert!(!curl(&setup, &server, "--http2", "old.pem").1);
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_before_anything_starts() {
    let setup = encrypted();
    setup.file("key.pem", "");
    let checked = setup.run(&["config", "check"]);
    assert_eq!(checked.code, Some(2), "{checked:?}");
    assert!(
        checked.stderr.contains("server.tls.key: the key is not PEM"),
        "{checked:?}"
    );
}
