use serde_json::{Value, json};

use super::user::User;
use crate::support::{ADMIN, Ringtrue, Setup, http::call};

const RULE: &str = "RINGTRUE_PHONE__UNIQUE_VERIFIED";

fn vouched() -> Value {
    json!({"phone": "+41791234567", "isVerified": true})
}

fn stop(mut server: Ringtrue) {
    server.terminate();
    assert!(server.wait().success());
}

#[test]
fn switching_unique_phones_on_is_refused_while_users_share_one_and_holds_from_then_on() {
    let off = Setup::new();
    let instance = off.clone().with(RULE, "instance");
    let server = off.start();
    for id in ["ada", "bo"] {
        User::create(&server, id).set_phone(&vouched()).ok();
    }
    stop(server);

    let refused = instance.run(&["serve"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("ada, bo") && refused.stderr.contains("phone.unique_verified"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("+41"), "{refused:?}");

    let server = off.start();
    call(
        server.address(),
        "DELETE",
        "/v2/users/bo/phone",
        ADMIN,
        &json!({}),
    )
    .ok();
    stop(server);

    let server = instance.start();
    let second = User {
        server: &server,
        id: "bo",
    }
    .set_phone(&vouched());
    assert_eq!(second.status, 409);
    assert_eq!(second.json["details"][0]["id"], "RINGTRUE-PhoneTaken");
    call(
        server.address(),
        "DELETE",
        "/v2/users/ada/phone",
        ADMIN,
        &json!({}),
    )
    .ok();
    User {
        server: &server,
        id: "bo",
    }
    .set_phone(&vouched())
    .ok();
}
