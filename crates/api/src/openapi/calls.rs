//! What can be called: every method that the proto files declare with a path.

use http::{Method as Verb, StatusCode};
use prost_reflect::{MethodDescriptor, ServiceDescriptor};
use prost_types::{MethodOptions, ServiceOptions};

use super::comments;
use crate::surface::{Named, Surface, http_rule};

/// A method that has a path.
pub(super) struct Call {
    /// Its descriptor.
    pub(super) method: MethodDescriptor,
    /// Its verb.
    pub(super) verb: Verb,
    /// Its path, with the variables as JSON names them: `/v2/users/{userId}/phone`.
    pub(super) path: String,
    /// The variables in the path, as the proto file names them.
    pub(super) in_path: Vec<String>,
    /// What the proto file says of it.
    pub(super) comment: String,
    /// Whether it has a successor.
    pub(super) is_deprecated: bool,
    /// Whether it changes nothing.
    pub(super) reads: bool,
    /// The status of success.
    pub(super) success: StatusCode,
}

impl Call {
    /// Every method that has a path, in the order of the proto files.
    pub(super) fn all() -> Vec<Self> {
        let surface = Surface::new();
        let services = ringtrue_proto::pool().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        methods.filter_map(|method| Self::of(method, &surface)).collect()
    }

    fn of(method: MethodDescriptor, surface: &Surface) -> Option<Self> {
        let (verb, path) = http_rule(&method)?;
        let service = method.parent_service();
        let named = surface.find(&format!("/{}/{}", service.full_name(), method.name()));
        let Named::Method(rpc) = named else {
            return None;
        };
        let in_path: Vec<String> = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        let path = in_path.iter().fold(path, |path, name| {
            let field = method.input().get_field_by_name(name);
            let json = field.map_or_else(|| name.clone(), |field| field.json_name().to_owned());
            path.replace(&format!("{{{name}}}"), &format!("{{{json}}}"))
        });
        Some(Self {
            comment: comments::at(&service.parent_file(), method.path()),
            is_deprecated: is_deprecated(&method, service),
            reads: rpc.reads(),
            success: rpc.success_status(),
            verb,
            path,
            in_path,
            method,
        })
    }

    /// The name of the method.
    pub(super) fn name(&self) -> &str {
        self.method.name()
    }

    /// `v2` or `v2beta`.
    pub(super) fn version(&self) -> String {
        let service = self.method.parent_service();
        let package = service.package_name();
        package.rsplit('.').next().unwrap_or(package).to_owned()
    }

    /// A name that no other call has: `v2_SetPhone`.
    pub(super) fn id(&self) -> String {
        format!("{}_{}", self.version(), self.name())
    }

    /// Under what it is found.
    pub(super) fn tag(&self) -> String {
        let subject = match self.name() {
            name if name.contains("Phone") => "phones",
            name if name.contains("Email") => "e-mail addresses",
            name if name.contains("Organization") => "organizations",
            _ => "users",
        };
        format!("{} {subject}", self.version())
    }

    /// Whether its request has more than the path says.
    pub(super) fn has_body(&self) -> bool {
        let takes_body = self.verb != Verb::GET && self.verb != Verb::DELETE;
        let more =
            |field: &prost_reflect::FieldDescriptor| !self.in_path.iter().any(|name| name == field.name());
        takes_body && self.method.input().fields().any(|field| more(&field))
    }
}

fn is_deprecated(method: &MethodDescriptor, service: &ServiceDescriptor) -> bool {
    let own = method.method_descriptor_proto().options.as_ref();
    let all = service.service_descriptor_proto().options.as_ref();
    own.is_some_and(MethodOptions::deprecated) || all.is_some_and(ServiceOptions::deprecated)
}
