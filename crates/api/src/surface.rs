//! What there is to call: the methods of both versions of the service, as the proto files have them. Every other method
//! is there to be declined by its name.

mod undeclared;

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
    /// What carries it out; none: it is not implemented.
    pub(crate) implementation: Option<Implementation>,
}

/// What carries a method out.
pub(crate) struct Implementation {
    /// The way of a call to it.
    pub(crate) handler: Handler,
    /// What its request and its response are made of.
    pub(crate) messages: Messages,
}

/// What a method's request and response are made of.
#[derive(Clone)]
pub(crate) struct Messages {
    /// The request.
    pub(crate) input: MessageDescriptor,
    /// The response.
    pub(crate) output: MessageDescriptor,
}

impl Rpc {
    fn declared(version: Version, method: &MethodDescriptor) -> Self {
        let messages = Messages {
            input: method.input(),
            output: method.output(),
        };
        Self {
            version,
            name: method.name().to_owned(),
            implementation: method::handler(method.name())
                .map(|handler| Implementation { handler, messages }),
        }
    }

    fn undeclared(version: Version, name: &str) -> Self {
        Self {
            version,
            name: name.to_owned(),
            implementation: None,
        }
    }

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
    services: HashMap<&'static str, Service>,
    /// Their HTTP rules, in the order of the proto files, and then those of the methods that only the peer has.
    pub(crate) rules: Vec<HttpRule>,
}

struct Service {
    version: Version,
    methods: HashMap<String, Arc<Rpc>>,
}

/// What a path such as `/zitadel.user.v2.UserService/SetPhone` names.
pub(crate) enum Named {
    /// A method, if only to be declined.
    Method(Arc<Rpc>),
    /// A service of ours, and what cannot be a method's name.
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
                let rpc = Arc::new(Rpc::declared(version, &descriptor));
                if let Some((verb, path)) = http_rule(&descriptor) {
                    let rpc = rpc.clone();
                    rules.push(HttpRule { verb, path, rpc });
                }
                methods.insert(rpc.name.clone(), rpc);
            }
            services.insert(version.service(), Service { version, methods });
            rules.extend(undeclared::methods(version).map(|(name, verb, path)| HttpRule {
                verb,
                path,
                rpc: Arc::new(Rpc::undeclared(version, name)),
            }));
        }
        Self { services, rules }
    }

    /// Finds the method that a path `/service/method` names. Whatever can be a method's name is one: the peer's service
    /// grows, and a client that is ahead of us is told what it is that we lack.
    pub(crate) fn find(&self, path: &str) -> Named {
        let Some((service, method)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
            return Named::Elsewhere;
        };
        let Some(service) = self.services.get(service) else {
            return Named::Elsewhere;
        };
        match service.methods.get(method) {
            Some(rpc) => Named::Method(rpc.clone()),
            None if is_name(method) => Named::Method(Arc::new(Rpc::undeclared(service.version, method))),
            None => Named::NoMethod,
        }
    }
}

/// Whether a text of a stranger's can be a method's name, and may go into our answers and our log as one.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The verb and the path of a method, if the proto file gives it one.
pub(crate) fn http_rule(method: &MethodDescriptor) -> Option<(Verb, String)> {
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
        let declared = surface.services.values().map(|service| service.methods.len());
        assert_eq!(declared.sum::<usize>(), 15 + 13);
        assert_eq!(surface.rules.len(), 15 + 45 + 13 + 21);
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
        assert_eq!(
            of(Version::V2, "DeleteUserMetadata"),
            "DELETE /v2/users/{user_id}/metadata"
        );
    }

    #[test]
    fn what_only_the_peer_has_is_not_declared_and_shadows_nothing_that_is() {
        let surface = Surface::new();
        let meets = |one: &str, other: &str| {
            let (one, other): (Vec<_>, Vec<_>) = (one.split('/').collect(), other.split('/').collect());
            let open = |segment: &str| segment.starts_with('{');
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| *one == other || open(one) || open(other))
        };
        for version in Version::ALL {
            let declared = &surface.services[version.service()].methods;
            for (name, verb, path) in undeclared::methods(version) {
                assert!(is_name(name), "{name}");
                assert!(
                    !declared.contains_key(name),
                    "{name} is declared: take it out of the table"
                );
                for rule in &surface.rules {
                    if rule.verb == verb && declared.contains_key(&rule.rpc.name) {
                        assert!(
                            !meets(&rule.path, &path),
                            "{name} takes calls from {}",
                            rule.rpc.name
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn whatever_can_be_a_methods_name_is_one() {
        let surface = Surface::new();
        let long = "x".repeat(65);
        for (method, is_method) in [
            ("SetPhone", true),
            ("LockUser", true),
            ("SetEmail", true),
            ("Dance", true),
            (&long[..64], true),
            (&long, false),
            ("", false),
            ("Set/Phone", false),
            ("Set%20Phone", false),
            ("Set_Phone", false),
        ] {
            let named = surface.find(&format!("/zitadel.user.v2.UserService/{method}"));
            match named {
                Named::Method(rpc) => assert_eq!((is_method, rpc.name.as_str()), (true, method)),
                Named::NoMethod => assert!(!is_method, "{method}"),
                Named::Elsewhere => panic!("{method} is elsewhere"),
            }
        }
        assert!(matches!(
            surface.find("/zitadel.user.v3.UserService/SetPhone"),
            Named::Elsewhere
        ));
    }
}
