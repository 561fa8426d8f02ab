use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use ringtrue_core::token::AccessToken;

use crate::front::{OWNER, Sent, front};

/// Shorter texts may stand in an answer by chance.
const TELLING_LEN_MIN: usize = 8;

/// Access tokens: the bytes are an `Authorization` header.
///
/// Whoever presents the one token there is gets in, nobody else does, and no answer repeats what was presented.
///
/// # Panics
/// Where a promise is broken.
pub fn access_token(data: &[u8]) {
    let Ok(header) = HeaderValue::from_bytes(data) else {
        return;
    };
    let request = Request::get("/v2/users/nobody").header(AUTHORIZATION, header.clone());
    let request = request.body(Sent::whole(&[])).expect("a request");
    let reply = front(request);
    let presented = header
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "));
    let (status, id) = match presented {
        Some(OWNER) => (StatusCode::NOT_FOUND, "QUERY-Dfbg2"),
        Some(token) if !token.is_empty() => (StatusCode::UNAUTHORIZED, "AUTH-7fs1e"),
        _ => (StatusCode::UNAUTHORIZED, "AUTH-toLo1"),
    };
    let body = String::from_utf8(reply.body).expect("an answer is text");
    assert_eq!(reply.status, status, "{body}");
    assert!(body.contains(id), "expected {id}: {body}");

    let Some(token) = presented.filter(|token| token.len() >= TELLING_LEN_MIN) else {
        return;
    };
    assert!(!body.contains(token), "the answer repeats the token");
    let known = AccessToken::new(token);
    assert_eq!(known.reveal(), token);
    assert!(!format!("{known:?}").contains(token), "Debug shows the token");
    assert_eq!(known.hash(), AccessToken::new(token).hash());
    assert_eq!(known.hash() == AccessToken::new(OWNER).hash(), token == OWNER);
}
