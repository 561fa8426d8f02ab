//! What operators and developers ask: is it alive, can it serve, and what would have been sent.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::StatusCode;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{
    app::{App, DevInbox},
    docs,
};

/// The paths for operators, the inbox if there is one, and the reference if it is wanted.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/ready", get(ready).with_state(app.clone()));
    if let Some(inbox) = app.inbox.clone() {
        router = router.route("/dev/inbox", get(async move || Json(captured(inbox.as_ref()))));
    }
    if app.docs {
        router = router.merge(docs::router());
    }
    router.method_not_allowed_fallback(async || crate::rest::wrong_verb("GET, HEAD"))
}

/// Whether calls can be served; if not, why not, in words that give nothing away.
pub(crate) async fn readiness(app: &App) -> Result<(), &'static str> {
    if app.draining.is_draining() {
        return Err("draining");
    }
    match tokio::time::timeout(app.limits.request_timeout, app.health.check()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "storage is not ready");
            Err("storage cannot serve")
        }
        Err(_) => Err("storage does not answer"),
    }
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    match readiness(&app).await {
        Ok(()) => "ok".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
    }
}

fn captured(inbox: &dyn DevInbox) -> Value {
    let message = |entry: crate::app::InboxEntry| {
        json!({
            "to": entry.to,
            "text": entry.text,
            "code": entry.code,
            "at": entry.at.format(&Rfc3339).unwrap_or_default(),
        })
    };
    let messages: Vec<Value> = inbox.messages().into_iter().map(message).collect();
    json!({ "messages": messages })
}
