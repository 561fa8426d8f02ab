use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderValue, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

use crate::front::{OWNER, Reply, Sent, front};

/// What is called. None of them changes anything here, where there is no user: an answer depends on nothing but its request.
const METHODS: [&str; 4] = [
    "zitadel.user.v2.UserService/GetUserByID",
    "zitadel.user.v2.UserService/SetPhone",
    "zitadel.user.v2beta.UserService/VerifyPhone",
    "zitadel.user.v2.UserService/NoSuchMethod",
];
/// The flag of the frame that holds the trailers.
const TRAILERS: u8 = 0x80;
/// The bit of the first byte that says that the body is a message still to be framed, and not frames.
const MESSAGE: u8 = 0x80;
const WEB: &str = "application/grpc-web+proto";
const WEB_TEXT: &str = "application/grpc-web-text+proto";

/// gRPC-Web: the first byte chooses a method and how the body, which follows, is cut into pieces.
///
/// Whatever comes, the answer is well framed, with one status, and nothing panics. It is the same however the body is cut,
/// and in base64; a message in its frame is answered as without one by Connect.
///
/// # Panics
/// Where a promise is broken.
pub fn grpc_web(data: &[u8]) {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    let method = METHODS[usize::from(choice) % METHODS.len()];
    let piece = usize::from((choice & !MESSAGE) >> 2) + 1;
    if choice & MESSAGE == 0 {
        frames(method, body, piece);
    } else {
        message(method, body, piece);
    }
}

/// Sends what should be frames, and returns the status.
fn frames(method: &str, body: &[u8], piece: usize) -> String {
    let whole = status(&send(method, WEB, Sent::whole(body)), body_as_is);
    let cut = status(&send(method, WEB, Sent::in_pieces(body, piece)), body_as_is);
    assert_eq!(whole, cut, "cut into pieces of {piece}");
    let text = STANDARD.encode(body);
    let text = status(
        &send(method, WEB_TEXT, Sent::in_pieces(text.as_bytes(), piece)),
        body_of_text,
    );
    assert_eq!(whole, text, "as text");
    whole
}

/// Sends a message in a frame, and without one by Connect.
fn message(method: &str, message: &[u8], piece: usize) {
    let len = u32::try_from(message.len()).expect("a short message");
    let framed = [&[0], &len.to_be_bytes()[..], message].concat();
    let status = frames(method, &framed, piece);
    let reply = send(method, "application/proto", Sent::whole(message));
    let connect = if reply.status == StatusCode::OK {
        "0".to_owned()
    } else {
        code_of(&reply.body)
    };
    assert_eq!(status, connect, "by Connect");
}

fn send(method: &str, content_type: &'static str, body: Sent) -> Reply {
    let request = Request::post(format!("/{method}"))
        .header(CONTENT_TYPE, content_type)
        .header(AUTHORIZATION, format!("Bearer {OWNER}"));
    front(request.body(body).expect("a request"))
}

fn body_as_is(body: &[u8]) -> Vec<u8> {
    body.to_vec()
}

/// Every piece of a text ends in its own padding, so that one decodes four characters at a time.
fn body_of_text(body: &[u8]) -> Vec<u8> {
    let decode = |quantum: &[u8]| STANDARD.decode(quantum).expect("an answer in text is base64");
    body.chunks(4).flat_map(decode).collect()
}

/// Takes an answer's frames apart and returns its one status.
fn status(reply: &Reply, decoded: fn(&[u8]) -> Vec<u8>) -> String {
    assert_eq!(reply.status, StatusCode::OK, "gRPC has statuses of its own");
    let content_type = reply.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    assert!(content_type.is_some_and(|found| found.starts_with(b"application/grpc")));
    let body = decoded(&reply.body);
    let mut statuses: Vec<String> = in_headers(&reply.headers).into_iter().collect();
    let mut rest = body.as_slice();
    while !rest.is_empty() {
        let (head, after) = rest.split_at_checked(5).expect("a frame has a head");
        let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (frame, after) = after
            .split_at_checked(len)
            .expect("a frame is as long as it says");
        rest = after;
        if head[0] == TRAILERS {
            assert!(rest.is_empty(), "nothing follows the trailers");
            statuses.extend(in_trailers(frame));
        } else {
            assert_eq!(head[0], 0, "an unknown flag");
        }
    }
    let [status] = statuses.as_slice() else {
        panic!("{} statuses", statuses.len());
    };
    assert!(
        status.parse::<u8>().is_ok_and(|code| code <= 16),
        "the status {status}"
    );
    status.clone()
}

fn in_headers(headers: &HeaderMap) -> Option<String> {
    no_panic(headers.get("grpc-message").map_or(b"", HeaderValue::as_bytes));
    let status = headers.get("grpc-status")?;
    Some(status.to_str().expect("a status is text").to_owned())
}

fn in_trailers(frame: &[u8]) -> Option<String> {
    no_panic(frame);
    let trailers = std::str::from_utf8(frame).expect("trailers are text");
    trailers
        .split("\r\n")
        .find_map(|line| Some(line.strip_prefix("grpc-status:")?.trim().to_owned()))
}

/// The id of an answer to a panic is `RECOVER`.
fn no_panic(text: &[u8]) {
    assert!(!text.windows(7).any(|found| found == b"RECOVER"), "a panic");
}

/// The number of the code in the body of an error of Connect's.
fn code_of(body: &[u8]) -> String {
    no_panic(body);
    let body: serde_json::Value = serde_json::from_slice(body).expect("an error of Connect's is JSON");
    let number = match body["code"].as_str() {
        Some("invalid_argument") => 3,
        Some("not_found") => 5,
        Some("resource_exhausted") => 8,
        Some("unimplemented") => 12,
        other => panic!("the code {other:?}"),
    };
    number.to_string()
}
