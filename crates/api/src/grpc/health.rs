//! `grpc.health.v1`: the same answer as `GET /ready`.

use std::{pin::Pin, sync::Arc};

use tonic::{Request, Response, Status, codegen::tokio_stream};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, HealthCheckResponse, health_server},
};

use crate::{app::App, operations::readiness, surface};

/// The health service.
pub(super) struct Health(Arc<App>);

impl Health {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self(app)
    }
}

async fn now(app: &App) -> HealthCheckResponse {
    let status = match readiness(app).await {
        Ok(()) => ServingStatus::Serving,
        Err(_) => ServingStatus::NotServing,
    };
    HealthCheckResponse {
        status: status as i32,
    }
}

/// One may ask for each service of ours; the empty name is the server as a whole.
fn known(request: &Request<HealthCheckRequest>) -> Result<(), Status> {
    let service = request.get_ref().service.as_str();
    if service.is_empty() || surface::services().any(|known| known == service) {
        return Ok(());
    }
    Err(Status::not_found("service not registered"))
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        known(&request)?;
        Ok(Response::new(now(&self.0).await))
    }

    type WatchStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Tells how it is now, and when draining begins; then it ends, so that it does not hold the drain up.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        known(&request)?;
        let app = self.0.clone();
        let (tell, told) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            if tell.send(Ok(now(&app).await)).await.is_err() {
                return;
            }
            tokio::select! {
                () = app.draining.begun() => {
                    // Nobody listens any more: nobody to tell.
                    let _ = tell.send(Ok(now(&app).await)).await;
                }
                () = tell.closed() => {}
            }
        });
        Ok(Response::new(Box::pin(
            tokio_stream::wrappers::ReceiverStream::new(told),
        )))
    }
}
