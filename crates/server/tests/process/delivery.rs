use ringtrue_testkit::fake_twilio::{ACCOUNT_SID, AUTH_TOKEN, Behaviour, FakeTwilio, Gate};
use serde_json::json;

use super::user::User;
use crate::support::{Setup, postgres};

fn sending_to(fake: &FakeTwilio, setup: Setup) -> Setup {
    setup
        .with("RINGTRUE_SMS__DELIVERY", "send")
        .with("RINGTRUE_SMS__LEASE", "6s")
        .with("RINGTRUE_SMS__PROVIDERS__0__ID", "main")
        .with("RINGTRUE_SMS__PROVIDERS__0__KIND", "twilio")
        .with("RINGTRUE_SMS__PROVIDERS__0__ACCOUNT_SID", ACCOUNT_SID)
        .with("RINGTRUE_SMS__PROVIDERS__0__AUTH_TOKEN", AUTH_TOKEN)
        .with("RINGTRUE_SMS__PROVIDERS__0__FROM", "+41790000000")
        .with("RINGTRUE_SMS__PROVIDERS__0__BASE_URL", &fake.base_url())
}

/// Kills the process between the commit and the provider's word, and starts it again.
async fn survives_being_killed(setup: Setup, fake: FakeTwilio) {
    fake.otherwise(Behaviour::Hang);
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    user.set_phone(&json!({"phone": "+41791234567", "sendCode": {}}))
        .ok();
    fake.wait_for_calls(1).await;
    server.kill9();
    assert_eq!(fake.ledger(), []);

    fake.otherwise(Behaviour::Accept);
    let mut server = setup.start();
    let ledger = fake.wait_for(1).await;
    assert_eq!(ledger[0].to, "+41791234567");
    let user = User {
        server: &server,
        id: "bo",
    };
    user.verify(ledger[0].code()).ok();
    assert!(user.is_verified());

    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(
        (fake.ledger().len(), fake.calls()),
        (1, 2),
        "the message went out once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_between_commit_and_hand_off_loses_no_message_on_sqlite() {
    let fake = FakeTwilio::start().await;
    survives_being_killed(sending_to(&fake, Setup::new()), fake).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_between_commit_and_hand_off_loses_no_message_on_postgres() {
    let fake = FakeTwilio::start().await;
    survives_being_killed(sending_to(&fake, postgres::setup()), fake).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_waits_reaches_twilio_before_a_stopping_process_ends() {
    let fake = FakeTwilio::start().await;
    let gate = Gate::new();
    fake.next(Behaviour::AcceptSlowly(gate.clone()));
    let setup = sending_to(&fake, Setup::new());
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    user.set_phone(&json!({"phone": "+41791234567"})).ok();
    fake.wait_for_calls(1).await;
    server.terminate();
    server
        .stderr
        .wait_for(|line| line.contains("drained"))
        .expect("calls have ended");
    gate.open();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!((fake.ledger().len(), fake.calls()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_does_not_keep_a_stopping_process_beyond_its_grace() {
    let fake = FakeTwilio::start().await;
    fake.otherwise(Behaviour::Hang);
    let setup = sending_to(&fake, Setup::new())
        .with("RINGTRUE_SMS__LEASE", "10m")
        .with("RINGTRUE_SERVER__SHUTDOWN_GRACE", "1s");
    let mut server = setup.start();
    let user = User::create(&server, "bo");
    user.set_phone(&json!({"phone": "+41791234567"})).ok();
    fake.wait_for_calls(1).await;
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    // Not when the provider's own ten seconds were over.
    server
        .stderr
        .wait_for(|line| line.contains("what is on its way to the provider is left to its lease"))
        .expect("the grace ends the process");
}
