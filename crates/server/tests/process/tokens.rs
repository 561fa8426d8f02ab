use serde_json::{Value, json};

use super::user::User;
use crate::support::{PATIENCE, Ran, Setup, full_disk, http::call, inbox::messages_to, postgres};

fn status(server: &crate::support::Ringtrue, token: &str, user: &str) -> u16 {
    let path = format!("/v2/users/{user}");
    call(server.address(), "GET", &path, token, &Value::Null).status
}

fn token(ran: &Ran) -> &str {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = ran.stdout.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "the token is alone on its line: {ran:?}");
    line
}

/// Waits until a server that has seen the token refuses it. How soon that is, is shown where a clock can be held.
fn refused_soon(server: &crate::support::Ringtrue, token: &str) {
    let begun = std::time::Instant::now();
    while status(server, token, "bo") != 401 {
        assert!(begun.elapsed() < PATIENCE, "a revoked token still works");
    }
}

#[test]
fn a_token_revoked_beside_one_replica_is_refused_by_all() {
    let setup = postgres::setup();
    let replicas = [setup.start(), setup.start()];
    User::create(&replicas[0], "bo");
    let made = setup.run(&[
        "token",
        "create",
        "--service",
        "shop",
        "--role",
        "IAM_OWNER_VIEWER",
    ]);
    let token = token(&made);
    for replica in &replicas {
        assert_eq!(status(replica, token, "bo"), 200);
    }
    let list = setup.run(&["token", "list"]).stdout;
    let id = list.lines().find(|line| line.contains("service:shop")).unwrap();
    let revoked = setup.run(&["token", "revoke", id.split(' ').next().unwrap()]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    for replica in &replicas {
        refused_soon(replica, token);
    }
}

#[test]
fn a_server_that_remembers_no_tokens_refuses_a_revoked_one_at_once() {
    let setup = Setup::new().with("RINGTRUE_AUTH__TOKENS_CACHED", "false");
    let server = setup.start();
    User::create(&server, "bo");
    let made = setup.run(&["token", "create", "--user", "bo"]);
    let token = token(&made);
    assert_eq!(status(&server, token, "bo"), 200);
    let list = setup.run(&["token", "list"]).stdout;
    let id = list.lines().find(|line| line.contains("user:bo")).unwrap();
    let revoked = setup.run(&["token", "revoke", id.split(' ').next().unwrap()]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    assert_eq!(status(&server, token, "bo"), 401);
}

#[test]
fn a_token_works_from_its_creation_to_its_revocation() {
    let setup = Setup::new();
    let server = setup.start();
    User::create(&server, "bo");
    let made = setup.run(&[
        "token",
        "create",
        "--service",
        "shop",
        "--role",
        "IAM_OWNER_VIEWER",
    ]);
    let token = token(&made);
    assert_eq!(status(&server, token, "bo"), 200);

    let list = setup.run(&["token", "list"]);
    assert_eq!(list.code, Some(0));
    assert!(!list.stdout.contains(token), "{list:?}");
    let row = list
        .stdout
        .lines()
        .find(|line| line.contains("service:shop"))
        .unwrap();
    assert!(row.contains("IAM_OWNER_VIEWER") && row.contains("never"), "{row}");
    let id = row.split(' ').next().unwrap();

    let revoked = setup.run(&["token", "revoke", id]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    refused_soon(&server, token);
    assert_eq!(setup.run(&["token", "revoke", id]).code, Some(1));
}

#[test]
fn a_users_token_reaches_that_user_and_takes_a_user_who_exists() {
    let setup = Setup::new();
    let server = setup.start();
    User::create(&server, "bo");
    User::create(&server, "cy");
    let made = setup.run(&["token", "create", "--user", "bo", "--expires", "90d"]);
    let token = token(&made);
    assert_eq!(status(&server, token, "bo"), 200);
    assert_eq!(status(&server, token, "cy"), 403);
    assert!(made.stderr.contains("expires"), "{made:?}");

    let nobody = setup.run(&["token", "create", "--user", "nobody"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(1), ""), "{nobody:?}");
    assert!(
        nobody.stderr.contains("there is no user with the id nobody"),
        "{nobody:?}"
    );
}

#[test]
fn roles_are_held_where_they_belong() {
    let setup = Setup::new();
    let server = setup.start();
    User::create(&server, "bo");
    let create = |args: &[&str]| setup.run(&[&["token", "create", "--service", "s"], args].concat());

    let by_default = create(&["--role", "ORG_USER_MANAGER"]);
    assert_eq!(status(&server, token(&by_default), "bo"), 200);
    assert!(
        by_default.stderr.contains("default organisation ringtrue"),
        "{by_default:?}"
    );

    let made = setup.run(&["org", "create", "--name", "Acme", "--id", "acme"]);
    assert_eq!((made.code, made.stdout.as_str()), (Some(0), "acme\n"), "{made:?}");
    assert_eq!(
        setup
            .run(&["org", "create", "--name", "Acme", "--id", "acme"])
            .code,
        Some(1)
    );
    let listed = setup.run(&["org", "list"]).stdout;
    assert!(listed.contains("acme") && listed.contains("ringtrue"), "{listed}");
    let elsewhere = create(&["--role", "ORG_USER_MANAGER", "--org", "acme"]);
    assert_eq!(status(&server, token(&elsewhere), "bo"), 404);

    assert_eq!(create(&["--role", "IAM_OWNER", "--org", "acme"]).code, Some(2));
    assert_eq!(create(&["--role", "ORG_OWNER", "--org", "gone"]).code, Some(1));
    assert_eq!(create(&["--role", "KING"]).code, Some(2));
    assert_eq!(create(&["--expires", "soon"]).code, Some(2));
}

#[test]
fn memory_has_no_tokens_to_share_and_says_what_to_use() {
    let setup = Setup::new().with("RINGTRUE_STORAGE__URL", "memory:");
    let ran = setup.run(&["token", "list"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("auth.bootstrap_token"), "{ran:?}");
    let server = setup.start();
    User::create(&server, "bo");
}

#[test]
fn the_inbox_shows_what_was_captured_and_is_not_there_when_messages_are_sent() {
    let setup = Setup::new();
    let server = setup.start();
    let ask = |server: &crate::support::Ringtrue| setup.run(&["inbox", "--url", server.base_url()]);
    let empty = ask(&server);
    assert_eq!((empty.code, empty.stdout.as_str()), (Some(0), ""), "{empty:?}");

    let user = User::create(&server, "bo");
    user.set_phone(&json!({"phone": "+41791234567", "sendCode": {}}))
        .ok();
    messages_to(server.address(), "+41791234567", 1);
    let shown = ask(&server);
    let row = shown.stdout.lines().nth(1).expect("a message");
    assert!(row.contains("+41791234567"), "{shown:?}");
    let code = row.split("  ").nth(2).unwrap().split(' ').next().unwrap();
    user.verify(code).ok();
    assert!(user.is_verified());

    let sends = setup
        .clone()
        .with("RINGTRUE_SMS__DELIVERY", "send")
        .with("RINGTRUE_SMS__PROVIDERS__0__ID", "main")
        .with("RINGTRUE_SMS__PROVIDERS__0__KIND", "twilio")
        .with("RINGTRUE_SMS__PROVIDERS__0__ACCOUNT_SID", "AC0")
        .with("RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN", "secret")
        .with("RINGTRUE_SMS__PROVIDERS__0__FROM", "+41790000000")
        .with("RINGTRUE_SMS__PROVIDERS__0__BASE_URL", "http://127.0.0.1:9")
        .start();
    let none = ask(&sends);
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.stderr.contains("there is no inbox there"), "{none:?}");
}

#[test]
fn a_token_that_could_not_be_shown_is_named_to_be_revoked() {
    let setup = Setup::bare();
    let ran = setup
        .command(&["token", "create", "--service", "shop"])
        .stdout(full_disk())
        .output()
        .expect("a command that runs");
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stderr);
    let (_, rest) = said.split_once("ringtrue token revoke ").expect("what to do");
    let id = rest.split('`').next().expect("an id");
    let revoked = setup.run(&["token", "revoke", id]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
}
