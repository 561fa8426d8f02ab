//! What is in the log, however much of it is asked for.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::user::User;
use crate::support::{
    ADMIN, Setup, full_disk,
    http::{begin_keyed, call},
    inbox::messages_to,
    lines::Lines,
};

/// Numbers as callers write them, the digits that every spelling of them has, and whether they are set.
const NUMBERS: [(&str, &str, u16); 5] = [
    ("+41791234567", "791234567", 200),
    ("+41 79 123 45 68", "791234568", 200),
    ("tel:+41791234570", "791234570", 200),
    // No region is configured, and too short.
    ("0791234569", "791234569", 400),
    ("+4179123457", "79123457", 400),
];
/// The number that a code is sent to.
const SENT_TO: &str = "+41781234571";

/// The code of an answer or a message.
#[track_caller]
fn code(of: &Value, field: &str) -> String {
    of[field].as_str().expect("a code").to_owned()
}

#[test]
fn the_most_talkative_log_names_no_number_no_code_and_no_token() {
    // Codes that do not occur by chance.
    let setup = Setup::new()
        .with("RINGTRUE_LOG", "trace")
        .with("RINGTRUE_CODE__LENGTH", "20")
        .with("RINGTRUE_CODE__ALPHABET", "upper-alphanumeric");
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    let mut secrets = vec![ADMIN.to_owned()];
    for (number, digits, status) in NUMBERS {
        let set = user.set_phone(&json!({"phone": number, "returnCode": {}}));
        assert_eq!(set.status, status, "{number}: {}", set.json);
        if status == 200 {
            secrets.push(code(&set.json, "verificationCode"));
        }
        secrets.extend([number, digits].map(str::to_owned));
    }

    user.set_phone(&json!({"phone": SENT_TO})).ok();
    let [message] = &*messages_to(server.address(), SENT_TO, 1) else {
        panic!("one message")
    };
    let sent = code(message, "code");
    let wrong = "A".repeat(20);
    assert_eq!(user.verify(&wrong).status, 400);
    user.verify(&sent).ok();
    let body = json!({"email": "bo@example.com", "returnCode": {}}).to_string();
    let path = "/v2/users/bo/email/resend";
    assert_eq!(
        call(server.address(), "POST", path, ADMIN, &json!({"returnCode": {}})).status,
        400
    );
    let path = "/v2/users/bo/email";
    let body = body.replace("bo@", "bo.new@");
    let key = "key-that-the-answer-is-sealed-under";
    let answer = begin_keyed(server.address(), "POST", path, ADMIN, Some(key), &body)
        .finish(&body)
        .ok();
    secrets.extend([
        SENT_TO.to_owned(),
        "781234571".to_owned(),
        sent,
        wrong,
        code(&answer, "verificationCode"),
    ]);

    let made = setup.run(&["token", "create", "--user", "bo"]);
    let token = made.stdout.split_whitespace().last().expect("a token");
    assert_eq!(
        call(server.address(), "GET", "/v2/users/bo", token, &Value::Null).status,
        200
    );
    let unknown = "rt_nobody_made_this_token_and_nobody_reads_it";
    assert_eq!(
        call(server.address(), "GET", "/v2/users/bo", unknown, &Value::Null).status,
        401
    );
    secrets.extend([token.to_owned(), unknown.to_owned()]);

    server.terminate();
    server.wait();
    // Until its end.
    server.stderr.wait_for(|_| false);
    let log = server.stderr.all();
    for call in ["SetPhone", "VerifyPhone", "SetEmail", "GetUserByID"] {
        assert!(
            log.iter().any(|line| line.contains(call)),
            "{call} is not in the log"
        );
    }
    for secret in secrets {
        let told = log.iter().find(|line| line.contains(&secret));
        assert_eq!(told, None, "{secret} is in the log");
    }
}

#[test]
fn a_log_that_cannot_be_written_costs_lines_and_nothing_else() {
    let setup = Setup::new();
    let mut server = setup
        .command(&["serve"])
        .stdout(Stdio::piped())
        .stderr(full_disk())
        .spawn()
        .expect("a server");
    let stdout = Lines::read(server.stdout.take().expect("its output"));
    let listening = stdout.wait_for(|line| line.starts_with("listening on http://"));
    let listening = listening.expect("a server that listens");
    let address = listening.trim_start_matches("listening on http://");
    let user = json!({
        "userId": "bo",
        "profile": {"givenName": "Bo", "familyName": "Ek"},
        "email": {"email": "bo@example.com", "isVerified": true},
        "phone": {"phone": SENT_TO},
    });
    call(address, "POST", "/v2/users/human", ADMIN, &user).ok();
    assert_eq!(messages_to(address, SENT_TO, 1).len(), 1, "the dispatcher lives");
    kill_process(Pid::from_child(&server), Signal::TERM).expect("a server that runs");
    assert_eq!(server.wait().expect("an end").code(), Some(0));
}

#[test]
fn a_parameter_of_the_databases_address_that_nobody_knows_is_not_logged_with_its_value() {
    let url = "postgres://rt@127.0.0.1:1/rt?sslpassword=tell-nobody";
    let ran = Setup::new()
        .with("RINGTRUE_STORAGE__URL", url)
        .with("RINGTRUE_KEYS__0__ID", "k1")
        .with(
            "RINGTRUE_KEYS__0__SECRET",
            "dGVzdCB0ZXN0IHRlc3QgdGVzdCB0ZXN0IHRlc3QhISE=",
        )
        .with("RINGTRUE_LOG", "trace")
        .run(&["serve"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(!ran.stderr.contains("tell-nobody"), "{ran:?}");
}
