//! What there is to call: the methods of the services, as the proto files have them. Every other method is there to be
//! declined by its name.

mod undeclared;

use std::{collections::HashMap, sync::Arc};

use http::{Method as Verb, StatusCode};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, ReflectMessage as _};

use crate::{method, pipeline::Handler};

/// A version of the API. The two agree on the wire; they differ in names, paths and a few rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `zitadel.….v2`
    V2,
    /// `zitadel.….v2beta`
    V2Beta,
}

impl Version {
    /// Its name. It is a part of what an `Idempotency-Key` is for: another name makes every kept answer unknown.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "V2",
            Self::V2Beta => "V2Beta",
        }
    }
}

/// The services, by their full names.
const SERVICES: [(&str, Version); 3] = [
    (USERS_V2, Version::V2),
    (USERS_V2BETA, Version::V2Beta),
    (ORGANIZATIONS_V2, Version::V2),
];
const USERS_V2: &str = "zitadel.user.v2.UserService";
const USERS_V2BETA: &str = "zitadel.user.v2beta.UserService";
const ORGANIZATIONS_V2: &str = "zitadel.org.v2.OrganizationService";

/// The full names of the services.
pub(crate) fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.into_iter().map(|(name, _)| name)
}

/// A method of a service.
pub(crate) struct Rpc {
    /// Of which version of the API.
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
    /// Whether it changes nothing.
    pub(crate) reads: bool,
    /// What its request and its response are made of.
    pub(crate) messages: Arc<Messages>,
}

/// What a method's request and response are made of.
pub(crate) struct Messages {
    /// The request.
    pub(crate) input: MessageDescriptor,
    /// The response.
    pub(crate) output: MessageDescriptor,
}

impl Rpc {
    fn declared(version: Version, method: &MethodDescriptor) -> Self {
        Self {
            version,
            name: method.name().to_owned(),
            implementation: method::handler(method.parent_service().name(), method.name()).map(
                |(handler, reads)| Implementation {
                    handler,
                    reads,
                    messages: Arc::new(Messages {
                        input: method.input(),
                        output: method.output(),
                    }),
                },
            ),
        }
    }

    fn undeclared(version: Version, name: &str) -> Self {
        Self {
            version,
            name: name.to_owned(),
            implementation: None,
        }
    }

    /// Whether it is implemented and changes nothing.
    pub(crate) fn reads(&self) -> bool {
        self.implementation.as_ref().is_some_and(|it| it.reads)
    }

    /// The status of success on REST: 201 where the peer says that something was created (`contract.md` 1.1), else 200.
    pub(crate) fn success_status(&self) -> StatusCode {
        match (self.version, self.name.as_str()) {
            (Version::V2Beta, "AddHumanUser") | (Version::V2, "AddOrganization") => StatusCode::CREATED,
            _ => StatusCode::OK,
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

/// All methods of all services.
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
        for (name, version) in SERVICES {
            let Some(service) = ringtrue_proto::pool().get_service_by_name(name) else {
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
            services.insert(name, Service { version, methods });
            rules.extend(undeclared::methods(name).map(|(name, verb, path)| HttpRule {
                verb,
                path,
                rpc: Arc::new(Rpc::undeclared(version, name)),
            }));
        }
        Self { services, rules }
    }

    /// Whether a path `/service/method` is of one of our services.
    pub(crate) fn has_service_of(&self, path: &str) -> bool {
        self.split(path).is_some()
    }

    /// Finds the method that a path `/service/method` names. Whatever can be a method's name is one: the peer's service
    /// grows, and a client that is ahead of us is told what it is that we lack.
    pub(crate) fn find(&self, path: &str) -> Named {
        let Some((service, method)) = self.split(path) else {
            return Named::Elsewhere;
        };
        match service.methods.get(method) {
            Some(rpc) => Named::Method(rpc.clone()),
            None if is_name(method) => Named::Method(Arc::new(Rpc::undeclared(service.version, method))),
            None => Named::NoMethod,
        }
    }

    /// The service of ours that a path `/service/method` begins with, and what follows.
    fn split<'a>(&self, path: &'a str) -> Option<(&Service, &'a str)> {
        let (service, method) = path.strip_prefix('/')?.split_once('/')?;
        Some((self.services.get(service)?, method))
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
        assert_eq!(declared.sum::<usize>(), 18 + 16 + 2);
        assert_eq!(surface.rules.len(), 18 + 42 + 16 + 18 + 2 + 12);
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
    fn every_declared_method_is_implemented() {
        for service in Surface::new().services.values() {
            for rpc in service.methods.values() {
                assert!(rpc.implementation.is_some(), "{}", rpc.name);
            }
        }
    }

    #[test]
    fn what_is_named_for_reading_reads_and_all_else_takes_keys() {
        let surface = Surface::new();
        let methods = surface
            .services
            .values()
            .flat_map(|service| service.methods.values());
        for rpc in methods {
            let named = rpc.name.starts_with("Get") || rpc.name.starts_with("List");
            assert_eq!(rpc.reads(), named, "{}", rpc.name);
        }
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
        let variables = |path: &str| path.matches('{').count();
        for (service, _) in SERVICES {
            let declared = &surface.services[service].methods;
            for (name, verb, path) in undeclared::methods(service) {
                assert!(is_name(name), "{name}");
                assert!(
                    !declared.contains_key(name),
                    "{name} is declared: take it out of the table"
                );
                for rule in &surface.rules {
                    // The path with fewer variables is tried first.
                    let goes_first = variables(&path) <= variables(&rule.path);
                    if goes_first && rule.verb == verb && rule.rpc.implementation.is_some() {
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
            ("RegisterU2F", true),
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
