use std::sync::LazyLock;

use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use ringtrue_core::{
    access::Subject,
    idempotency::{CallKey, IdempotencyKey},
};

use crate::front::{OWNER, Reply, Sent, front};

const LEN_MAX: usize = 255;

/// Keys of calls: the bytes are an `Idempotency-Key` header.
///
/// What is a string of RFC 9651, or would be one in quotes, is a key, and nothing else is. It is the same in quotes and
/// without, names another call than any other key, and is neither printed nor repeated in an answer.
///
/// # Panics
/// Where a promise is broken.
pub fn idempotency_key(data: &[u8]) {
    let Ok(header) = HeaderValue::from_bytes(data) else {
        return;
    };
    let text = header.to_str().ok();
    let meant = text.and_then(meaning);
    let parsed = text.and_then(|text| IdempotencyKey::parse(text).ok());
    assert_eq!(parsed.is_some(), meant.is_some(), "{text:?} means {meant:?}");
    is_answered(&header, meant.is_some());
    let (Some(key), Some(meant)) = (parsed, meant) else {
        return;
    };
    let quoted = quoted(&meant);
    assert_eq!(IdempotencyKey::parse(&quoted).as_ref(), Ok(&key), "in quotes");
    if meant.chars().all(needs_no_quotes) {
        assert_eq!(IdempotencyKey::parse(&meant).as_ref(), Ok(&key), "without quotes");
    }
    names_a_call_of_its_own(&key, &meant);
    assert_eq!(format!("{key:?}"), "IdempotencyKey(..)", "Debug shows the key");
}

/// The key that a header means, read by the letter of the standard and of the exception from it.
fn meaning(header: &str) -> Option<String> {
    let text = header.trim_matches([' ', '\t']);
    let meant = if text.starts_with('"') {
        let inside = text.strip_prefix('"')?.strip_suffix('"')?;
        // Each backslash takes what follows with it; what is left alone must be plain.
        let taken = inside.replace("\\\\", "\u{1}").replace("\\\"", "\u{2}");
        let plain = |character: char| {
            matches!(character, '\u{1}' | '\u{2}')
                || (' '..='~').contains(&character) && !"\"\\".contains(character)
        };
        let is_string = !inside.contains(['\u{1}', '\u{2}']) && taken.chars().all(plain);
        is_string.then(|| taken.replace('\u{1}', "\\").replace('\u{2}', "\""))?
    } else {
        text.chars().all(needs_no_quotes).then(|| text.to_owned())?
    };
    (1..=LEN_MAX).contains(&meant.len()).then_some(meant)
}

fn needs_no_quotes(character: char) -> bool {
    character.is_ascii_graphic() && !"\"\\,;".contains(character)
}

fn quoted(key: &str) -> String {
    format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
}

fn names_a_call_of_its_own(key: &IdempotencyKey, meant: &str) {
    let named = |key| CallKey::of(&Subject::Service("fuzz".to_owned()), "operation", key);
    let mut other = meant.to_owned();
    other.pop();
    other.push(if meant.ends_with('a') { 'b' } else { 'a' });
    let other = IdempotencyKey::parse(&quoted(&other)).expect("a key of the same length");
    assert_ne!(named(key), named(&other), "two keys name one call");
    assert_eq!(named(key), named(&key.clone()));
}

/// Whoever presents a key is answered what the call comes to, which is that there is no such user.
fn is_answered(header: &HeaderValue, is_key: bool) {
    static OF_A_KEY: LazyLock<Vec<u8>> = LazyLock::new(|| answer(&HeaderValue::from_static("k")).body);
    let reply = answer(header);
    let (status, id) = if is_key {
        (StatusCode::NOT_FOUND, "COMMAND-ieJ2e")
    } else {
        (StatusCode::BAD_REQUEST, "RINGTRUE-IdempotencyKeyMalformed")
    };
    let body = String::from_utf8(reply.body).expect("an answer is text");
    assert_eq!(reply.status, status, "{body}");
    assert!(body.contains(id), "expected {id}: {body}");
    assert!(
        !is_key || body.as_bytes() == *OF_A_KEY,
        "the answer depends on the key: {body}"
    );
}

fn answer(key: &HeaderValue) -> Reply {
    let request = Request::delete("/v2/users/nobody/phone")
        .header(AUTHORIZATION, format!("Bearer {OWNER}"))
        .header("idempotency-key", key);
    front(request.body(Sent::whole(&[])).expect("a request"))
}
