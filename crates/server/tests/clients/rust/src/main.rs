//! Makes calls with the Rust SDK `zitadel`: a request on a line, its answer on the next.

use std::{
    collections::HashMap,
    error::Error,
    io::{BufRead as _, Write as _, stdin, stdout},
};

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Value, json};
use tonic::{
    Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use zitadel::api::{clients::ClientBuilder, zitadel::v1::ErrorDetail};

type Outcome = Result<Value, Box<dyn Error>>;

/// Attaches the token, if there is one.
#[derive(Clone)]
struct Bearer(String);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if !self.0.is_empty() {
            let value = format!("Bearer {}", self.0).parse();
            let value = value.map_err(|_| Status::internal("the token is no header"))?;
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// Makes `call` for a version of the service out of the SDK's types.
macro_rules! service {
    ($version:ident: $($name:literal $function:ident $request:ident),* $(,)?) => {
        mod $version {
            use super::*;
            use zitadel::api::zitadel::user::$version::{self as sdk, user_service_client::UserServiceClient};

            pub(super) type Client = UserServiceClient<InterceptedService<Channel, Bearer>>;

            pub(super) async fn call(client: &mut Client, method: &str, request: &Value) -> Outcome {
                let descriptor = |what: &str| {
                    let name = format!("zitadel.user.{}.{method}{what}", stringify!($version));
                    ringtrue_proto::pool().get_message_by_name(&name)
                };
                match method {
                    $($name => {
                        let (Some(input), Some(output)) = (descriptor("Request"), descriptor("Response")) else {
                            return Ok(json!("missing"));
                        };
                        let message: sdk::$request = match read(input, request) {
                            Ok(message) => message,
                            Err(reason) => return Ok(json!({ "unsendable": reason })),
                        };
                        match client.$function(message).await {
                            Ok(response) => Ok(json!({ "ok": write(output, response.get_ref())? })),
                            Err(status) => Ok(json!({ "error": refusal(&status)? })),
                        }
                    })*
                    _ => Ok(json!("missing")),
                }
            }
        }
    };
}

service!(v2:
    "AddHumanUser" add_human_user AddHumanUserRequest,
    "GetUserByID" get_user_by_id GetUserByIdRequest,
    "ListUsers" list_users ListUsersRequest,
    "SetEmail" set_email SetEmailRequest,
    "ResendEmailCode" resend_email_code ResendEmailCodeRequest,
    "SendEmailCode" send_email_code SendEmailCodeRequest,
    "VerifyEmail" verify_email VerifyEmailRequest,
    "SetPhone" set_phone SetPhoneRequest,
    "RemovePhone" remove_phone RemovePhoneRequest,
    "ResendPhoneCode" resend_phone_code ResendPhoneCodeRequest,
    "VerifyPhone" verify_phone VerifyPhoneRequest,
    "UpdateHumanUser" update_human_user UpdateHumanUserRequest,
    "DeactivateUser" deactivate_user DeactivateUserRequest,
    "ReactivateUser" reactivate_user ReactivateUserRequest,
    "LockUser" lock_user LockUserRequest,
    "UnlockUser" unlock_user UnlockUserRequest,
    "DeleteUser" delete_user DeleteUserRequest,
);

service!(v2beta:
    "AddHumanUser" add_human_user AddHumanUserRequest,
    "GetUserByID" get_user_by_id GetUserByIdRequest,
    "ListUsers" list_users ListUsersRequest,
    "SetEmail" set_email SetEmailRequest,
    "ResendEmailCode" resend_email_code ResendEmailCodeRequest,
    "VerifyEmail" verify_email VerifyEmailRequest,
    "SetPhone" set_phone SetPhoneRequest,
    "RemovePhone" remove_phone RemovePhoneRequest,
    "ResendPhoneCode" resend_phone_code ResendPhoneCodeRequest,
    "VerifyPhone" verify_phone VerifyPhoneRequest,
    "UpdateHumanUser" update_human_user UpdateHumanUserRequest,
    "DeactivateUser" deactivate_user DeactivateUserRequest,
    "ReactivateUser" reactivate_user ReactivateUserRequest,
    "LockUser" lock_user LockUserRequest,
    "UnlockUser" unlock_user UnlockUserRequest,
    "DeleteUser" delete_user DeleteUserRequest,
);

/// Turns protobuf-JSON into a type of the SDK's, unless that would lose something.
fn read<T: Message + Default>(descriptor: MessageDescriptor, request: &Value) -> Result<T, String> {
    let wanted =
        DynamicMessage::deserialize(descriptor.clone(), request).map_err(|error| error.to_string())?;
    let wanted = wanted.encode_to_vec();
    let message = T::decode(wanted.as_slice()).map_err(|error| error.to_string())?;
    let read =
        |bytes: &[u8]| DynamicMessage::decode(descriptor.clone(), bytes).map_err(|error| error.to_string());
    if read(&message.encode_to_vec())? != read(&wanted)? {
        return Err("a field that the SDK does not have".to_owned());
    }
    Ok(message)
}

fn write(descriptor: MessageDescriptor, response: &impl Message) -> Outcome {
    let message = DynamicMessage::decode(descriptor, response.encode_to_vec().as_slice())?;
    Ok(serde_json::to_value(&message)?)
}

fn refusal(status: &Status) -> Outcome {
    /// `google.rpc.Status`, of which the SDK has no type.
    #[derive(Clone, PartialEq, Message)]
    struct Details {
        #[prost(message, repeated, tag = "3")]
        details: Vec<Detail>,
    }
    /// `google.protobuf.Any`
    #[derive(Clone, PartialEq, Message)]
    struct Detail {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    // An error that waiting can help says how long in a detail of its own.
    let details = Details::decode(status.details())?.details;
    let known = details
        .iter()
        .find(|detail| detail.type_url.ends_with("/zitadel.v1.ErrorDetail"));
    let known = match known {
        Some(detail) => Some(ErrorDetail::decode(detail.value.as_slice())?),
        None => None,
    };
    Ok(json!({
        "code": format!("{:?}", status.code()).chars().fold(String::new(), |name, letter| {
            let gap = if letter.is_uppercase() && !name.is_empty() { "_" } else { "" };
            name + gap + &letter.to_lowercase().to_string()
        }),
        "message": status.message(),
        "id": known.as_ref().map(|detail| &detail.id),
        "detail": known.as_ref().map(|detail| &detail.message),
    }))
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("BASE_URL")?;
    // The SDK's builder knows version 2 only.
    let channel = Channel::from_shared(url.clone())?.connect().await?;
    let mut newer: HashMap<String, v2::Client> = HashMap::new();
    let mut older: HashMap<String, v2beta::Client> = HashMap::new();
    for line in stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let (service, method, token) = (text("service"), text("method"), text("token"));
        let bearer = Bearer(token.clone());
        let answer = if service == "v2" {
            if !newer.contains_key(&token) {
                let built = ClientBuilder::new(&url)
                    .with_interceptor(bearer)
                    .build_user_client();
                newer.insert(token.clone(), built.await?);
            }
            let client = newer.get_mut(&token).ok_or("a client that was just made")?;
            v2::call(client, &method, &asked["request"]).await?
        } else {
            let client = older
                .entry(token)
                .or_insert_with(|| v2beta::Client::new(InterceptedService::new(channel.clone(), bearer)));
            v2beta::call(client, &method, &asked["request"]).await?
        };
        writeln!(stdout(), "{answer}")?;
        stdout().flush()?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // Reading lines blocks; connections are kept alive by a thread of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(serve())
}
