//! Makes calls with the Rust SDK `zitadel`: a request on a line, its answer on the next.

use std::{
    collections::{HashMap, hash_map::Entry},
    error::Error,
    io::{BufRead as _, Write as _, stdin, stdout},
};

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataKey},
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

/// Makes `call` for a version of a service out of the SDK's types.
macro_rules! service {
    ($module:ident = $kind:ident $version:ident, $client_module:ident $client:ident: $($name:literal $function:ident $request:ident),* $(,)?) => {
        mod $module {
            use super::*;
            use zitadel::api::zitadel::$kind::$version::{self as sdk, $client_module::$client};

            pub(super) type Client = $client<InterceptedService<Channel, Bearer>>;

            pub(super) async fn call(client: &mut Client, call: &Call) -> Outcome {
                let method = call.method.as_str();
                let descriptor = |what: &str| {
                    let name = format!("zitadel.{}.{}.{method}{what}", stringify!($kind), stringify!($version));
                    ringtrue_proto::pool().get_message_by_name(&name)
                };
                match method {
                    $($name => {
                        let (Some(input), Some(output)) = (descriptor("Request"), descriptor("Response")) else {
                            return Ok(json!("missing"));
                        };
                        let message: sdk::$request = match read(input, &call.request) {
                            Ok(message) => message,
                            Err(reason) => return Ok(json!({ "unsendable": reason })),
                        };
                        match client.$function(call.with_headers(message)?).await {
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

service!(user_v2 = user v2, user_service_client UserServiceClient:
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

service!(user_v2beta = user v2beta, user_service_client UserServiceClient:
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

service!(org_v2 = org v2, organization_service_client OrganizationServiceClient:
    "AddOrganization" add_organization AddOrganizationRequest,
    "ListOrganizations" list_organizations ListOrganizationsRequest,
);

/// A call that is asked for.
#[derive(Deserialize)]
struct Call {
    url: String,
    /// `user.v2`
    service: String,
    method: String,
    token: String,
    headers: HashMap<String, String>,
    request: Value,
}

impl Call {
    fn with_headers<T>(&self, message: T) -> Result<Request<T>, Box<dyn Error>> {
        let mut request = Request::new(message);
        for (name, value) in &self.headers {
            let name: MetadataKey<Ascii> = name.parse()?;
            request.metadata_mut().insert(name, value.parse()?);
        }
        Ok(request)
    }
}

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

/// Clients, by address and token.
#[derive(Default)]
struct Clients {
    users: HashMap<(String, String), user_v2::Client>,
    beta_users: HashMap<(String, String), user_v2beta::Client>,
    organizations: HashMap<(String, String), org_v2::Client>,
}

impl Clients {
    async fn call(&mut self, call: &Call) -> Outcome {
        let key = (call.url.clone(), call.token.clone());
        let bearer = Bearer(call.token.clone());
        let builder = || ClientBuilder::new(&call.url).with_interceptor(bearer.clone());
        match call.service.as_str() {
            "user.v2" => {
                let client = match self.users.entry(key) {
                    Entry::Occupied(made) => made.into_mut(),
                    Entry::Vacant(place) => place.insert(builder().build_user_client().await?),
                };
                user_v2::call(client, call).await
            }
            "user.v2beta" => {
                let client = match self.beta_users.entry(key) {
                    Entry::Occupied(made) => made.into_mut(),
                    Entry::Vacant(place) => {
                        // The SDK's builder knows version 2 only.
                        let channel = Channel::from_shared(call.url.clone())?.connect().await?;
                        place.insert(user_v2beta::Client::new(InterceptedService::new(channel, bearer)))
                    }
                };
                user_v2beta::call(client, call).await
            }
            "org.v2" => {
                let client = match self.organizations.entry(key) {
                    Entry::Occupied(made) => made.into_mut(),
                    Entry::Vacant(place) => place.insert(builder().build_organization_client().await?),
                };
                org_v2::call(client, call).await
            }
            _ => Ok(json!("missing")),
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut clients = Clients::default();
    for line in stdin().lock().lines() {
        let call: Call = serde_json::from_str(&line?)?;
        let answer = clients.call(&call).await?;
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
