//! The same call over every protocol, and its outcome in one shape.

use std::io::Write as _;

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use http::HeaderMap;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::{Value, json};

use super::{
    http::{Answer, http1, http2, request},
    server::Server,
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Rest,
    Grpc,
    GrpcWeb,
    GrpcWebText,
    ConnectJson,
    ConnectProto,
}

impl Protocol {
    pub(crate) const ALL: [Self; 6] = [
        Self::Rest,
        Self::Grpc,
        Self::GrpcWeb,
        Self::GrpcWebText,
        Self::ConnectJson,
        Self::ConnectProto,
    ];
}

/// A call, in terms of no protocol.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) version: &'static str,
    pub(crate) method: &'static str,
    /// The request as JSON, `userId` included.
    pub(crate) request: Value,
    /// The whole of `Authorization`.
    pub(crate) authorization: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How the body, or the message in its frame, is said to be encoded, and what becomes of it.
    coding: Option<(&'static str, Coding)>,
}

#[derive(Debug, Clone)]
enum Coding {
    Gzip,
    Given(Vec<u8>),
}

impl Call {
    pub(crate) fn new(method: &'static str, request: Value) -> Self {
        Self {
            version: "v2",
            method,
            request,
            authorization: None,
            headers: Vec::new(),
            coding: None,
        }
    }

    /// With the body in gzip.
    pub(crate) fn gzipped(mut self) -> Self {
        self.coding = Some(("gzip", Coding::Gzip));
        self
    }

    /// With this in the place of the body, said to be encoded so.
    pub(crate) fn encoded(mut self, coding: &'static str, body: Vec<u8>) -> Self {
        self.coding = Some((coding, Coding::Given(body)));
        self
    }

    fn encode(&self, plain: Vec<u8>) -> Vec<u8> {
        match &self.coding {
            None => plain,
            Some((_, Coding::Gzip)) => gzip(&plain),
            Some((_, Coding::Given(body))) => body.clone(),
        }
    }

    /// The message in its frame, flagged if it is encoded.
    fn framed(&self) -> Vec<u8> {
        let mut frame = frame(&self.encode(self.wire()));
        frame[0] = u8::from(self.coding.is_some());
        frame
    }

    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn service(&self) -> String {
        let version = self.version;
        if self.method.contains("Organization") {
            format!("zitadel.org.{version}.OrganizationService")
        } else {
            format!("zitadel.user.{version}.UserService")
        }
    }

    /// None: our proto files do not have the method.
    fn descriptor(&self) -> Option<MethodDescriptor> {
        ringtrue_proto::pool()
            .get_service_by_name(&self.service())?
            .methods()
            .find(|method| method.name() == self.method)
    }

    fn path(&self) -> String {
        format!("/{}/{}", self.service(), self.method)
    }

    fn wire(&self) -> Vec<u8> {
        let Some(descriptor) = self.descriptor() else {
            return Vec::new();
        };
        let json = self.request.to_string();
        let empty = ringtrue_proto::json::EmptyBody::Accept;
        ringtrue_proto::json::to_wire(&descriptor.input(), json.as_bytes(), empty).unwrap()
    }

    /// Verb and path on REST.
    pub(crate) fn rest(&self) -> (&'static str, String) {
        let user = self.request["userId"].as_str().unwrap_or_default();
        let (verb, rest) = match self.method {
            "AddHumanUser" => ("POST", "/users/human".to_owned()),
            "CreateUser" => ("POST", "/users/new".to_owned()),
            "UpdateUser" => ("PATCH", format!("/users/{user}")),
            "UpdateHumanUser" if self.version == "v2beta" => ("PUT", format!("/users/{user}")),
            "UpdateHumanUser" => ("PUT", format!("/users/human/{user}")),
            "GetUserByID" => ("GET", format!("/users/{user}")),
            "DeleteUser" => ("DELETE", format!("/users/{user}")),
            "DeactivateUser" => ("POST", format!("/users/{user}/deactivate")),
            "ReactivateUser" => ("POST", format!("/users/{user}/reactivate")),
            "LockUser" => ("POST", format!("/users/{user}/lock")),
            "UnlockUser" => ("POST", format!("/users/{user}/unlock")),
            "SetPhone" => ("POST", format!("/users/{user}/phone")),
            "ResendPhoneCode" => ("POST", format!("/users/{user}/phone/resend")),
            "VerifyPhone" => ("POST", format!("/users/{user}/phone/verify")),
            "RemovePhone" => ("DELETE", format!("/users/{user}/phone")),
            "SetEmail" => ("POST", format!("/users/{user}/email")),
            "ResendEmailCode" => ("POST", format!("/users/{user}/email/resend")),
            "VerifyEmail" => ("POST", format!("/users/{user}/email/verify")),
            "ListUsers" => ("POST", "/users".to_owned()),
            "RegisterU2F" => ("POST", format!("/users/{user}/u2f")),
            "RemoveTOTP" => ("DELETE", format!("/users/{user}/totp")),
            "ListAuthenticationMethodTypes" => ("GET", format!("/users/{user}/authentication_methods")),
            "AddOrganization" => ("POST", "/organizations".to_owned()),
            "ListOrganizations" => ("POST", "/organizations/_search".to_owned()),
            "ActivateOrganization" => ("POST", "/organizations/acme/activate".to_owned()),
            other => panic!("{other} has no REST path here"),
        };
        (verb, format!("/{}{rest}", self.version))
    }

    /// Makes the call.
    pub(crate) async fn by(&self, protocol: Protocol, server: &Server) -> Outcome {
        self.raw(protocol, server).await.1
    }

    /// Makes the call; the HTTP answer comes with the outcome.
    pub(crate) async fn raw(&self, protocol: Protocol, server: &Server) -> (Answer, Outcome) {
        let mut headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        if let Some(authorization) = &self.authorization {
            headers.push(("authorization", authorization));
        }
        if let Some((coding, _)) = self.coding {
            let name = match protocol {
                Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => "grpc-encoding",
                _ => "content-encoding",
            };
            headers.push((name, coding));
        }
        let output = self.descriptor().map(|method| method.output());
        let output = output.as_ref();
        match protocol {
            Protocol::Rest => {
                let (verb, path) = self.rest();
                let mut body = self.request.clone();
                if !["AddHumanUser", "CreateUser"].contains(&self.method) {
                    body.as_object_mut().unwrap().remove("userId");
                }
                let body = if verb == "GET" {
                    String::new()
                } else {
                    body.to_string()
                };
                let body = self.encode(body.into_bytes());
                let answer = http1(server.address, request(verb, &path, &headers, body)).await;
                let outcome = Outcome::of_rest(&answer);
                (answer, outcome)
            }
            Protocol::ConnectJson | Protocol::ConnectProto => {
                let (kind, body) = if protocol == Protocol::ConnectJson {
                    ("application/json", self.request.to_string().into_bytes())
                } else {
                    ("application/proto", self.wire())
                };
                headers.push(("content-type", kind));
                headers.push(("connect-protocol-version", "1"));
                let body = self.encode(body);
                let answer = http1(server.address, request("POST", &self.path(), &headers, body)).await;
                let outcome = Outcome::of_connect(&answer, output);
                (answer, outcome)
            }
            Protocol::Grpc => {
                headers.push(("content-type", "application/grpc"));
                headers.push(("te", "trailers"));
                let body = self.framed();
                let answer = http2(server.address, request("POST", &self.path(), &headers, body)).await;
                let outcome = Outcome::of_grpc(&answer.headers, &answer.trailers, &answer.body, output);
                (answer, outcome)
            }
            Protocol::GrpcWeb | Protocol::GrpcWebText => {
                let text = protocol == Protocol::GrpcWebText;
                let (kind, body) = if text {
                    (
                        "application/grpc-web-text",
                        BASE64.encode(self.framed()).into_bytes(),
                    )
                } else {
                    ("application/grpc-web+proto; charset=utf-8", self.framed())
                };
                headers.push(("content-type", kind));
                headers.push(("x-grpc-web", "1"));
                let answer = http1(server.address, request("POST", &self.path(), &headers, body)).await;
                let body = if text {
                    unbase64(&answer.body)
                } else {
                    answer.body.to_vec()
                };
                let (message, trailers) = web_frames(&body);
                let outcome = Outcome::of_grpc(&answer.headers, &trailers, &message, output);
                (answer, outcome)
            }
        }
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// The gRPC code.
    pub(crate) code: i64,
    /// The id of the error; empty without one.
    pub(crate) id: String,
    /// The message of the error.
    pub(crate) message: String,
    /// The answer as JSON; of an error its details without their framing.
    pub(crate) body: Value,
}

impl Outcome {
    fn of_rest(answer: &Answer) -> Self {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let mut body = answer.json();
        if answer.status < 300 {
            return Self::ok(body);
        }
        let code = body["code"].as_i64().unwrap();
        let message = body["message"].as_str().unwrap().to_owned();
        let mut details = body["details"].take();
        for detail in details.as_array_mut().into_iter().flatten() {
            detail.as_object_mut().unwrap().remove("@type");
        }
        Self::failed(code, message, details)
    }

    fn of_connect(answer: &Answer, output: Option<&MessageDescriptor>) -> Self {
        if answer.status == 200 {
            return Self::ok(match answer.header("content-type") {
                Some("application/json") => answer.json(),
                Some("application/proto") => to_json(output, &answer.body),
                other => panic!("answered as {other:?}"),
            });
        }
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body = answer.json();
        let names = [
            (3, "invalid_argument"),
            (4, "deadline_exceeded"),
            (5, "not_found"),
            (6, "already_exists"),
            (7, "permission_denied"),
            (8, "resource_exhausted"),
            (9, "failed_precondition"),
            (10, "aborted"),
            (12, "unimplemented"),
            (13, "internal"),
            (14, "unavailable"),
            (16, "unauthenticated"),
        ];
        let name = body["code"].as_str().unwrap();
        let code = names.iter().find(|(_, known)| *known == name).unwrap().0;
        let details = body["details"].as_array().map(|details| {
            let debug = |detail: &Value| {
                assert!(
                    !BASE64
                        .decode(detail["value"].as_str().unwrap())
                        .unwrap()
                        .is_empty()
                );
                detail["debug"].clone()
            };
            Value::Array(details.iter().map(debug).collect())
        });
        let message = body["message"].as_str().unwrap().to_owned();
        Self::failed(code, message, details.unwrap_or_default())
    }

    fn of_grpc(
        headers: &HeaderMap,
        trailers: &HeaderMap,
        body: &[u8],
        output: Option<&MessageDescriptor>,
    ) -> Self {
        let all = if headers.contains_key("grpc-status") {
            headers
        } else {
            trailers
        };
        let text = |name: &str| all.get(name).map(|value| value.to_str().unwrap());
        let code: i64 = text("grpc-status").expect("a grpc-status").parse().unwrap();
        if code == 0 {
            let (message, rest) = unframe(body);
            assert!(rest.is_empty(), "one message");
            return Self::ok(to_json(output, message));
        }
        let message = percent_decode(text("grpc-message").unwrap_or_default());
        let details = text("grpc-status-details-bin").map(|status| {
            let status = RpcStatus::decode(BASE64.decode(status).unwrap().as_slice()).unwrap();
            assert_eq!((i64::from(status.code), &status.message), (code, &message));
            Value::Array(status.details.iter().map(detail).collect())
        });
        Self::failed(code, message, details.unwrap_or_default())
    }

    fn ok(body: Value) -> Self {
        Self {
            code: 0,
            id: String::new(),
            message: String::new(),
            body,
        }
    }

    fn failed(code: i64, message: String, details: Value) -> Self {
        let id = details[0]["id"].as_str().unwrap_or_default().to_owned();
        Self {
            code,
            id,
            message,
            body: details,
        }
    }
}

fn detail(any: &prost_types::Any) -> Value {
    match any.type_url.as_str() {
        "type.googleapis.com/zitadel.v1.ErrorDetail" => {
            let detail = ringtrue_proto::v1::ErrorDetail::decode(any.value.as_slice()).unwrap();
            json!({ "id": detail.id, "message": detail.message })
        }
        "type.googleapis.com/google.rpc.RetryInfo" => {
            let info = RetryInfo::decode(any.value.as_slice()).unwrap();
            json!({ "retryDelay": format!("{}s", info.retry_delay.unwrap().seconds) })
        }
        other => panic!("a detail of type {other}"),
    }
}

fn to_json(output: Option<&MessageDescriptor>, message: &[u8]) -> Value {
    let output = output.expect("only a method that is declared can succeed");
    serde_json::to_value(DynamicMessage::decode(output.clone(), message).unwrap()).unwrap()
}

/// Bytes in gzip.
pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// A message in gRPC's frame.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame
}

/// The first message of a body in gRPC's frames, and what is behind it.
pub(crate) fn unframe(body: &[u8]) -> (&[u8], &[u8]) {
    let len = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    (&body[5..5 + len], &body[5 + len..])
}

/// The data frames of a gRPC-Web body, and its trailers.
fn web_frames(mut body: &[u8]) -> (Bytes, HeaderMap) {
    let (mut data, mut trailers) = (Vec::new(), HeaderMap::new());
    while !body.is_empty() {
        let (flag, (content, rest)) = (body[0], unframe(body));
        if flag & 0x80 == 0 {
            data.extend(frame(content));
        } else {
            for line in std::str::from_utf8(content).unwrap().lines() {
                let (name, value) = line.split_once(':').unwrap();
                let name: http::HeaderName = name.trim().parse().unwrap();
                trailers.insert(name, value.trim().parse().unwrap());
            }
        }
        body = rest;
    }
    (data.into(), trailers)
}

/// Base64 in pieces, each of which may be padded.
fn unbase64(text: &[u8]) -> Vec<u8> {
    text.chunks(4)
        .flat_map(|quad| BASE64.decode(quad).unwrap())
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}
