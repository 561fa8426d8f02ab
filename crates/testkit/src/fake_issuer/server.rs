//! What the issuer answers.

use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, Mood, Shared, SigningKey};

/// More than any document of an issuer.
const HUGE_LEN: usize = 2 << 20;

/// An error makes the server close the connection without an answer.
pub(super) async fn meet(shared: Arc<Shared>, request: Request<Bytes>) -> io::Result<Response<Full<Bytes>>> {
    let shared = &*shared;
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let mood = {
        let mut state = shared.state();
        match &*path {
            "/.well-known/openid-configuration" => state.asked.discovery += 1,
            "/keys" => state.asked.keys += 1,
            "/introspect" => state.asked.introspection += 1,
            _ => {}
        }
        state.mood
    };
    shared.gate.acquire().await.map_err(io::Error::other)?.forget();
    let discovers = path == "/.well-known/openid-configuration";
    match mood {
        Mood::Down => return Err(io::ErrorKind::ConnectionAborted.into()),
        Mood::Failing => return Ok(answer(StatusCode::INTERNAL_SERVER_ERROR, "out of order")),
        Mood::Garbled => return Ok(answer(StatusCode::OK, "<html>")),
        Mood::Huge => return Ok(answer(StatusCode::OK, " ".repeat(HUGE_LEN))),
        Mood::Redirecting if !path.starts_with("/well") => {
            let mut response = answer(StatusCode::FOUND, "");
            let place = format!("{}/well{path}", shared.issuer()).parse();
            if let Ok(place) = place {
                response.headers_mut().insert(header::LOCATION, place);
            }
            return Ok(response);
        }
        Mood::Misnamed if discovers => return Ok(json_answer(&discovery(shared, "https://other.example"))),
        Mood::Well | Mood::Redirecting | Mood::Misnamed => {}
    }
    Ok(match path.trim_start_matches("/well") {
        "/introspect" => introspect(shared, &head.headers, &body),
        "/keys" => {
            let keys: Vec<Value> = shared.state().signing.iter().map(SigningKey::jwk).collect();
            json_answer(&json!({ "keys": keys }))
        }
        _ if discovers || path.starts_with("/well/") => json_answer(&discovery(shared, &shared.issuer())),
        _ => answer(StatusCode::NOT_FOUND, "no such path"),
    })
}

fn discovery(shared: &Shared, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{}/keys", shared.issuer()),
        "introspection_endpoint": format!("{}/introspect", shared.issuer()),
    })
}

fn introspect(shared: &Shared, headers: &http::HeaderMap, body: &[u8]) -> Response<Full<Bytes>> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET));
    let wanted = format!("Basic {}", STANDARD.encode(credentials));
    let given = headers.get(header::AUTHORIZATION);
    if given.and_then(|value| value.to_str().ok()) != Some(&*wanted) {
        return answer(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let token = form_urlencoded::parse(body).find(|(name, _)| name == "token");
    let token = token.map(|(_, token)| token.into_owned()).unwrap_or_default();
    let known = shared.state().active.get(&token).cloned();
    json_answer(&known.unwrap_or_else(|| json!({ "active": false })))
}

fn json_answer(body: &Value) -> Response<Full<Bytes>> {
    answer(StatusCode::OK, body.to_string())
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}
