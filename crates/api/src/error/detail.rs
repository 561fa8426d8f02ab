//! The details of an error, in protobuf and in JSON.

use prost::Message as _;
use prost_types::{Any, Duration};
use ringtrue_proto::v1::ErrorDetail;
use serde_json::{Value, json};

use super::Problem;

/// `google.rpc.Status`, which `grpc-status-details-bin` carries.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcStatus {
    /// The gRPC code.
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    /// The message.
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    /// The details.
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct RetryInfo {
    /// How long to wait.
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Duration>,
}

/// One detail of an error.
pub(crate) struct Detail {
    /// The full name of its message.
    pub(crate) name: &'static str,
    /// The message in protobuf.
    pub(crate) value: Vec<u8>,
    /// The message in JSON.
    pub(crate) json: Value,
}

impl Problem {
    /// The details: which refusal it is, and when to come back.
    pub(crate) fn details(&self) -> Vec<Detail> {
        let mut details = Vec::new();
        if !self.id.is_empty() {
            let (id, message) = (self.id.to_owned(), self.text.clone());
            details.push(Detail {
                name: "zitadel.v1.ErrorDetail",
                json: json!({ "id": id, "message": message }),
                value: ErrorDetail { id, message }.encode_to_vec(),
            });
        }
        if let Some(seconds) = self.retry_after {
            let retry_delay = Some(Duration {
                seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
                nanos: 0,
            });
            details.push(Detail {
                name: "google.rpc.RetryInfo",
                json: json!({ "retryDelay": format!("{seconds}s") }),
                value: RetryInfo { retry_delay }.encode_to_vec(),
            });
        }
        details
    }

    /// `google.rpc.Status`, encoded.
    pub(crate) fn rpc_status(&self) -> Vec<u8> {
        let any = |detail: Detail| Any {
            type_url: type_url(detail.name),
            value: detail.value,
        };
        RpcStatus {
            code: self.code as i32,
            message: self.message(),
            details: self.details().into_iter().map(any).collect(),
        }
        .encode_to_vec()
    }

    /// The body of the error on REST.
    pub(crate) fn rest_body(&self) -> Value {
        let mut body = json!({ "code": self.code as i32, "message": self.message() });
        let details: Vec<Value> = self.details().into_iter().map(at_type).collect();
        if !details.is_empty() {
            body["details"] = Value::Array(details);
        }
        body
    }
}

fn type_url(name: &str) -> String {
    format!("type.googleapis.com/{name}")
}

fn at_type(mut detail: Detail) -> Value {
    detail.json["@type"] = Value::String(type_url(detail.name));
    detail.json
}
