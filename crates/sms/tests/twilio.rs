//! The Twilio gateway over a real socket, against the fake Twilio.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::{cell::RefCell, io, time::Duration};

use ringtrue_core::{
    MessageId,
    code::Code,
    message::Sms,
    phone_number::PhoneNumber,
    port::{SmsError, SmsGateway, SmsReceipt},
};
use ringtrue_sms::{Sender, Timeouts, TwilioConfig, TwilioGateway};
use ringtrue_testkit::fake_twilio::{ACCOUNT_SID, AUTH_TOKEN, Behaviour, FakeTwilio, Gate};
use time::Duration as Span;

const NUMBER: &str = "+15005550006";

fn config(base_url: String) -> TwilioConfig {
    TwilioConfig {
        base_url,
        ..TwilioConfig::new(ACCOUNT_SID, AUTH_TOKEN.into(), Sender::From(NUMBER.to_owned()))
    }
}

fn gateway(twilio: &FakeTwilio) -> TwilioGateway {
    TwilioGateway::new(config(twilio.base_url())).unwrap()
}

fn sms(to: &str, valid_for: Span) -> Sms {
    Sms {
        id: MessageId::from_bytes([1; 16]),
        to: PhoneNumber::from_stored(to.to_owned()),
        code: Code::new("004711"),
        valid_for,
    }
}

fn hello() -> Sms {
    sms("+41791234567", Span::minutes(10))
}

const fn refused(code: u32) -> Result<SmsReceipt, SmsError> {
    Err(SmsError::Refused {
        provider_code: Some(code),
    })
}

#[tokio::test]
async fn an_accepted_message_is_posted_as_twilio_wants_it_and_its_sid_returned() {
    let twilio = FakeTwilio::start().await;
    let receipt = gateway(&twilio).send(&hello()).await.unwrap();
    let accepted = twilio.ledger().remove(0);
    assert_eq!(receipt.reference, accepted.sid);
    assert_eq!(
        accepted.form,
        "To=%2B41791234567&From=%2B15005550006&Body=004711+is+your+verification+code.+Do+not+share+it.\
         &ValidityPeriod=600"
    );
    assert_eq!(accepted.body, *hello().text());
    assert_eq!(accepted.code(), "004711");
    assert_eq!(twilio.calls(), 1);
}

#[tokio::test]
async fn a_messaging_service_stands_in_place_of_a_number() {
    let twilio = FakeTwilio::start().await;
    let config = TwilioConfig {
        sender: Sender::MessagingService("MG0123".to_owned()),
        ..config(twilio.base_url())
    };
    TwilioGateway::new(config).unwrap().send(&hello()).await.unwrap();
    assert_eq!(
        twilio.ledger()[0].form,
        "To=%2B41791234567&MessagingServiceSid=MG0123&Body=004711+is+your+verification+code.+Do+not+share+it.\
         &ValidityPeriod=600"
    );
}

#[tokio::test]
async fn the_validity_period_is_whole_seconds_between_one_and_ten_hours() {
    let twilio = FakeTwilio::start().await;
    let gateway = gateway(&twilio);
    for valid_for in [
        Span::milliseconds(59_999),
        Span::milliseconds(999),
        Span::seconds(-5),
        Span::seconds(36_000),
        Span::days(30),
    ] {
        gateway.send(&sms("+41791234567", valid_for)).await.unwrap();
    }
    let periods: Vec<_> = twilio
        .ledger()
        .iter()
        .map(|accepted| accepted.validity_period.unwrap())
        .collect();
    assert_eq!(periods, [59, 1, 1, 36_000, 36_000]);
}

#[tokio::test]
async fn a_trailing_slash_is_harmless_and_a_prefix_is_kept() {
    let twilio = FakeTwilio::start().await;
    let slash = config(format!("{}/", twilio.base_url()));
    TwilioGateway::new(slash).unwrap().send(&hello()).await.unwrap();
    // The fake serves no prefix, so being refused shows that the prefix was asked for.
    let prefix = config(format!("{}/prefix", twilio.base_url()));
    let answer = TwilioGateway::new(prefix).unwrap().send(&hello()).await;
    assert_eq!(answer, refused(20_404));
}

#[tokio::test]
async fn what_twilio_refuses_is_refused_with_its_number() {
    let twilio = FakeTwilio::start().await;
    let bad_number = gateway(&twilio).send(&sms("0791234567", Span::minutes(1))).await;
    assert_eq!(bad_number, refused(21_211));
    twilio.next(Behaviour::Refuse {
        status: 400,
        code: 21_610,
    });
    assert_eq!(gateway(&twilio).send(&hello()).await, refused(21_610));
    assert_eq!(twilio.ledger(), []);
}

#[tokio::test]
async fn wrong_credentials_are_a_refusal() {
    let twilio = FakeTwilio::start_with(ACCOUNT_SID, "another-token").await;
    assert_eq!(gateway(&twilio).send(&hello()).await, refused(20_003));
    let twilio = FakeTwilio::start_with("AC2", AUTH_TOKEN).await;
    assert_eq!(gateway(&twilio).send(&hello()).await, refused(20_003));
}

#[tokio::test]
async fn throttling_carries_the_wait_that_twilio_asks_for() {
    let twilio = FakeTwilio::start().await;
    for retry_after in [Some(Duration::from_secs(7)), None] {
        twilio.next(Behaviour::Throttle { retry_after });
        let answer = gateway(&twilio).send(&hello()).await;
        assert_eq!(answer, Err(SmsError::Throttled { retry_after }));
    }
}

#[tokio::test]
async fn a_server_error_leaves_the_fate_open_unless_it_turned_the_message_away() {
    let twilio = FakeTwilio::start().await;
    for (status, expected) in [
        (500, SmsError::Unknown),
        (502, SmsError::Unknown),
        (503, SmsError::Unreachable),
        (504, SmsError::Unknown),
    ] {
        twilio.next(Behaviour::ServerError { status });
        assert_eq!(gateway(&twilio).send(&hello()).await, Err(expected), "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_the_fate_open() {
    let twilio = FakeTwilio::start().await;
    for (behaviour, accepted) in [
        (Behaviour::DropBeforeAccept, 0),
        (Behaviour::AcceptThenDrop, 1),
        (Behaviour::BreakOff { status: 201 }, 1),
        (Behaviour::AcceptThenGarble, 2),
    ] {
        let case = format!("{behaviour:?}");
        twilio.next(behaviour);
        assert_eq!(
            gateway(&twilio).send(&hello()).await,
            Err(SmsError::Unknown),
            "{case}"
        );
        assert_eq!(twilio.ledger().len(), accepted, "{case}");
    }
    assert_eq!(twilio.calls(), 4, "nothing was sent twice");
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_still_a_refusal() {
    let twilio = FakeTwilio::start().await;
    twilio.next(Behaviour::BreakOff { status: 400 });
    let answer = gateway(&twilio).send(&hello()).await;
    assert_eq!(answer, Err(SmsError::Refused { provider_code: None }));
}

#[tokio::test]
async fn an_answer_longer_than_any_of_twilios_is_not_read_to_its_end() {
    let twilio = FakeTwilio::start().await;
    let padding = " ".repeat(64 * 1024);
    twilio.next(Behaviour::Answer {
        status: 201,
        headers: Vec::new(),
        body: format!(r#"{{"sid": "SM1"}}{padding}"#).into_bytes(),
    });
    assert_eq!(gateway(&twilio).send(&hello()).await, Err(SmsError::Unknown));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (twilio, elsewhere) = (FakeTwilio::start().await, FakeTwilio::start().await);
    let path = format!("/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json");
    twilio.next(Behaviour::Answer {
        status: 307,
        headers: vec![("location", format!("{}{path}", elsewhere.base_url()))],
        body: Vec::new(),
    });
    let answer = gateway(&twilio).send(&hello()).await;
    assert_eq!(answer, Err(SmsError::Refused { provider_code: None }));
    assert_eq!(elsewhere.calls(), 0);
}

#[tokio::test]
async fn a_provider_that_hangs_is_left_after_the_total_timeout() {
    let twilio = FakeTwilio::start().await;
    twilio.next(Behaviour::Hang);
    let config = TwilioConfig {
        timeouts: Timeouts {
            connect: Duration::from_millis(900),
            total: Duration::from_secs(1),
        },
        ..config(twilio.base_url())
    };
    let gateway = TwilioGateway::new(config).unwrap();
    let message = hello();
    let answer = tokio::time::timeout(Duration::from_secs(10), gateway.send(&message)).await;
    assert_eq!(answer, Ok(Err(SmsError::Unknown)));
    assert_eq!(twilio.calls(), 1);
}

#[tokio::test]
async fn a_slow_provider_is_waited_for() {
    let twilio = FakeTwilio::start().await;
    let gate = Gate::new();
    twilio.next(Behaviour::AcceptSlowly(gate.clone()));
    let (gateway, message) = (gateway(&twilio), hello());
    let (answer, ()) = tokio::join!(gateway.send(&message), async {
        twilio.wait_for_calls(1).await;
        assert_eq!(twilio.ledger(), []);
        gate.open();
    });
    assert_eq!(answer.unwrap().reference, twilio.wait_for(1).await[0].sid);
}

#[tokio::test]
async fn where_nobody_listens_the_provider_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gateway = TwilioGateway::new(config(format!("http://{address}"))).unwrap();
    assert_eq!(gateway.send(&hello()).await, Err(SmsError::Unreachable));
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_unreachable() {
    let gateway = TwilioGateway::new(config("http://provider.invalid".to_owned())).unwrap();
    assert_eq!(gateway.send(&hello()).await, Err(SmsError::Unreachable));
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_unreachable_and_learns_nothing() {
    let twilio = FakeTwilio::start().await;
    let https = twilio.base_url().replace("http://", "https://");
    let gateway = TwilioGateway::new(config(https)).unwrap();
    assert_eq!(gateway.send(&hello()).await, Err(SmsError::Unreachable));
    assert_eq!(twilio.calls(), 0);
}

#[tokio::test]
async fn debug_output_never_shows_the_token() {
    let twilio = FakeTwilio::start().await;
    assert!(!format!("{:?}", gateway(&twilio)).contains(AUTH_TOKEN));
}

#[tokio::test]
async fn logs_and_errors_show_no_number_no_code_no_token_and_nothing_that_the_provider_wrote() {
    let log = listen();
    let twilio = FakeTwilio::start().await;
    let gateway = gateway(&twilio);
    let mut shown = String::new();
    for status in [201, 301, 400, 401, 404, 429, 500, 503] {
        let body = r#"{"code": 21211, "message": "provider says +41791234567"}"#;
        twilio.next(Behaviour::Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        });
        let error = gateway.send(&hello()).await.unwrap_err();
        shown += &[error.to_string(), format!("{error:?}")].join("\n");
    }
    twilio.next(Behaviour::DropBeforeAccept);
    gateway.send(&hello()).await.unwrap_err();
    drop(twilio);
    shown.push_str(&log());
    assert!(shown.contains("+41*******67") && shown.contains("401"), "{shown}");
    for secret in ["+41791234567", "%2B41", "004711", AUTH_TOKEN, "provider says"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// What the log was told on this thread. Other tests run on threads of their own and share the subscriber, because a
/// subscriber of one thread misses whatever another thread met first.
fn listen() -> impl Fn() -> String {
    thread_local! {
        static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    struct Log;
    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
    || LOG.with_borrow(|log| String::from_utf8_lossy(log).into_owned())
}
