//! What there is to call: the methods of both versions of the service, as the proto files have them.

use std::{collections::HashMap, sync::Arc};

use http::{Method as Verb, StatusCode};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, ReflectMessage as _};

use crate::{method, pipeline::Handler};

/// A version of the service. The two agree on the wire; they differ in names, paths and a few rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `zitadel.user.v2`
    V2,
    /// `zitadel.user.v2beta`
    V2Beta,
}

impl Version {
    const ALL: [Self; 2] = [Self::V2, Self::V2Beta];

    const fn service(self) -> &'static str {
        match self {
            Self::V2 => "zitadel.user.v2.UserService",
            Self::V2Beta => "zitadel.user.v2beta.UserService",
        }
    }
}

/// A method of a version of the service.
pub(crate) struct Rpc {
    /// Of which version.
    pub(crate) version: Version,
    /// Its name.
    pub(crate) name: String,
    /// What its request is made of.
    pub(crate) input: MessageDescriptor,
    /// What its response is made of.
    pub(crate) output: MessageDescriptor,
    /// What carries it out; none: it is not implemented.
    pub(crate) handler: Option<Handler>,
}

impl Rpc {
    /// The status of success on REST: 201 where version 2beta creates, else 200 (`contract.md` 1.1).
    pub(crate) fn created_status(&self) -> StatusCode {
        if self.version == Version::V2Beta && self.name == "AddHumanUser" {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        }
    }
}

/// The HTTP rule of a method: `POST /v2/users/{user_id}/phone`.
pub(crate) struct HttpRule {
    /// The verb.
    pub(crate) verb: Verb,
    /// The path, with its variable in braces.
    pub(crate) path: String,
    /// The method.
    pub(crate) rpc: Arc<Rpc>,
}

/// All methods of all versions.
pub(crate) struct Surface {
    services: HashMap<String, HashMap<String, Arc<Rpc>>>,
    /// Their HTTP rules, in the order of the proto files.
    pub(crate) rules: Vec<HttpRule>,
}

/// What a path such as `/zitadel.user.v2.UserService/SetPhone` names.
pub(crate) enum Named<'a> {
    /// A method that there is.
    Method(&'a Arc<Rpc>),
    /// A service of ours, and none of its methods.
    NoMethod,
    /// Nothing of ours.
    Elsewhere,
}

impl Surface {
    /// Reads the proto files and puts each method to what carries it out.
    pub(crate) fn new() -> Self {
        let mut services = HashMap::new();
        let mut rules = Vec::new();
        for version in Version::ALL {
            let Some(service) = ringtrue_proto::pool().get_service_by_name(version.service()) else {
                continue;
            };
            let mut methods = HashMap::new();
            for descriptor in service.methods() {
                let rpc = Arc::new(Rpc {
                    version,
                    name: descriptor.name().to_owned(),
                    input: descriptor.input(),
                    output: descriptor.output(),
                    handler: method::handler(descriptor.name()),
                });
                if let Some((verb, path)) = http_rule(&descriptor) {
                    let rpc = rpc.clone();
                    rules.push(HttpRule { verb, path, rpc });
                }
                methods.insert(rpc.name.clone(), rpc);
            }
            services.insert(version.service().to_owned(), methods);
        }
        Self { services, rules }
    }

    /// Finds the method that a path `/service/method` names.
    pub(crate) fn find(&self, path: &str) -> Named<'_> {
        let Some((service, method)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
            return Named::Elsewhere;
        };
        match self.services.get(service) {
            None => Named::Elsewhere,
            Some(methods) => methods.get(method).map_or(Named::NoMethod, Named::Method),
        }
    }
}

fn http_rule(method: &MethodDescriptor) -> Option<(Verb, String)> {
    let extension = ringtrue_proto::pool().get_extension_by_name("google.api.http")?;
    let options = method.options();
    let rule = options.get_extension(&extension);
    let rule: &DynamicMessage = rule.as_message()?;
    let verbs = [
        ("get", Verb::GET),
        ("put", Verb::PUT),
        ("post", Verb::POST),
        ("delete", Verb::DELETE),
        ("patch", Verb::PATCH),
    ];
    verbs.into_iter().find_map(|(field, verb)| {
        let field = rule.descriptor().get_field_by_name(field)?;
        let path = rule.has_field(&field).then(|| rule.get_field(&field))?;
        Some((verb, path.as_str()?.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_both_versions_has_its_http_rule() {
        let surface = Surface::new();
        assert_eq!(surface.rules.len(), 15 + 13);
        let of = |version, name| {
            let rule = surface
                .rules
                .iter()
                .find(|rule| rule.rpc.version == version && rule.rpc.name == name)
                .unwrap();
            format!("{} {}", rule.verb, rule.path)
        };
        assert_eq!(of(Version::V2, "RemovePhone"), "DELETE /v2/users/{user_id}/phone");
        assert_eq!(
            of(Version::V2Beta, "UpdateHumanUser"),
            "PUT /v2beta/users/{user_id}"
        );
    }
}
