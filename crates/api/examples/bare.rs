//! The least that could answer `SetPhone`: it parses the body and gives a fitting answer. `cargo xtask bench` measures the
//! server against it, to tell what everything else costs.

use std::io::{self, Write as _};

use axum::{Json, Router, extract::Path, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    axum::serve(
        listener,
        Router::new().route("/v2/users/{user_id}/phone", post(set_phone)),
    )
    .await
}

async fn set_phone(Path(_user): Path<String>, Json(request): Json<Value>) -> Result<Json<Value>, StatusCode> {
    if request["phone"].is_string() && request["sendCode"].is_object() {
        Ok(Json(json!({
            "details": {
                "sequence": "5",
                "changeDate": "2026-01-01T00:00:00.000000Z",
                "resourceOwner": "ringtrue",
            }
        })))
    } else {
        Err(StatusCode::BAD_REQUEST)
    }
}
