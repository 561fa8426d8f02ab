//! What is in the log, however much of it is asked for.

use serde_json::json;

use super::user::User;
use crate::support::{ADMIN, Setup, http::call};

#[test]
fn the_most_talkative_log_names_no_number_and_no_token() {
    let setup = Setup::new().with("RINGTRUE_LOG", "trace");
    let mut server = setup.start();
    User::create(&server, "bo");
    for number in [
        "+41791234567",
        "+41 79 123 45 68",
        "0791234569",
        "+4179123457",
        "tel:+41791234570",
    ] {
        let body = json!({"phone": number, "returnCode": {}});
        call(server.address(), "POST", "/v2/users/bo/phone", ADMIN, &body);
    }
    server.terminate();
    server.wait();
    // Until its end.
    server.stderr.wait_for(|_| false);
    let log = server.stderr.all();
    assert!(
        log.iter().any(|line| line.contains("SetPhone")),
        "the calls are in the log"
    );
    for secret in ["7912345", "79 123 45", ADMIN] {
        let told = log.iter().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret} is in the log");
    }
}
