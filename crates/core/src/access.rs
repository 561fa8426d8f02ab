//! Who may do what: roles, the permissions they carry, and the one question that every use case asks.

use serde::{Deserialize, Serialize};

use crate::{OrgId, UserId};

/// A role, by the peer's name (`contract.md` 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everything, on the whole instance.
    IamOwner,
    /// Reads everything on the instance.
    IamOwnerViewer,
    /// Manages all users of the instance.
    IamUserManager,
    /// Everything in one organisation.
    OrgOwner,
    /// Reads everything in one organisation.
    OrgOwnerViewer,
    /// Manages the users of one organisation.
    OrgUserManager,
}

/// Not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the roles are IAM_OWNER, IAM_OWNER_VIEWER, IAM_USER_MANAGER, ORG_OWNER, ORG_OWNER_VIEWER and ORG_USER_MANAGER"
)]
pub struct RoleError;

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::IamOwner,
        Self::IamOwnerViewer,
        Self::IamUserManager,
        Self::OrgOwner,
        Self::OrgOwnerViewer,
        Self::OrgUserManager,
    ];

    /// The peer's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IamOwner => "IAM_OWNER",
            Self::IamOwnerViewer => "IAM_OWNER_VIEWER",
            Self::IamUserManager => "IAM_USER_MANAGER",
            Self::OrgOwner => "ORG_OWNER",
            Self::OrgOwnerViewer => "ORG_OWNER_VIEWER",
            Self::OrgUserManager => "ORG_USER_MANAGER",
        }
    }

    /// Whether the role is held on the instance, as `IAM_…` are, rather than in an organisation.
    #[must_use]
    pub const fn is_instance_wide(self) -> bool {
        matches!(self, Self::IamOwner | Self::IamOwnerViewer | Self::IamUserManager)
    }

    const fn carries(self, permission: Permission) -> bool {
        match permission {
            Permission::UserRead | Permission::OrgRead => true,
            Permission::UserWrite | Permission::UserDelete => {
                !matches!(self, Self::IamOwnerViewer | Self::OrgOwnerViewer)
            }
            Permission::OrgCreate => matches!(self, Self::IamOwner),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(RoleError)
    }
}

/// What a role lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `user.read`
    UserRead,
    /// `user.write`
    UserWrite,
    /// `user.delete`
    UserDelete,
    /// `org.read`
    OrgRead,
    /// `org.create`
    OrgCreate,
}

/// A role and where it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    role: Role,
    organization: Option<OrgId>,
}

/// A role held in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// `IAM_…` with an organisation.
    #[error("{} is held on the whole instance; leave the organisation out", .0.as_str())]
    InstanceWide(Role),
    /// `ORG_…` without one.
    #[error("{} is held in an organisation; name it", .0.as_str())]
    NeedsOrganization(Role),
}

impl Grant {
    /// `IAM_…` roles are held on the instance, `ORG_…` roles in an organisation.
    pub fn new(role: Role, organization: Option<OrgId>) -> Result<Self, GrantError> {
        match (role.is_instance_wide(), organization) {
            (true, Some(_)) => Err(GrantError::InstanceWide(role)),
            (false, None) => Err(GrantError::NeedsOrganization(role)),
            (_, organization) => Ok(Self { role, organization }),
        }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The organisation that it is held in; `None` is the instance.
    #[must_use]
    pub const fn organization(&self) -> Option<&OrgId> {
        self.organization.as_ref()
    }
}

/// Who is behind a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A user, who may also do what everybody may do to themselves.
    User(UserId),
    /// A program, by its name.
    Service(String),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub subject: Subject,
    /// Which roles it holds.
    pub grants: Vec<Grant>,
}

impl Actor {
    /// Whether the actor is this user.
    #[must_use]
    pub fn is(&self, user: &UserId) -> bool {
        matches!(&self.subject, Subject::User(id) if id == user)
    }

    /// The organisation that all of the actor's roles are held in, if it is one.
    #[must_use]
    pub fn only_organization(&self) -> Option<&OrgId> {
        let first = self.grants.first()?.organization()?;
        self.grants
            .iter()
            .all(|grant| grant.organization() == Some(first))
            .then_some(first)
    }
}

/// Whether one's own user is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oneself {
    /// Users may do it to themselves.
    Suffices,
    /// It takes the permission, for oneself too (R-Z1).
    NeedsPermission,
}

/// What an actor asks to do to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// The permission that others need.
    pub permission: Permission,
    /// Whether being the user is enough.
    pub oneself: Oneself,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Granted,
    /// The actor holds the permission nowhere: refused, whether the user exists or not.
    Denied,
    /// The actor holds the permission, but not where this user is: the user does not exist for them.
    Hidden,
}

/// Whether `actor` may do what takes `requirement` to `user`, who is of `organization` if they exist at all.
///
/// Permission comes before existence, so that nobody learns of a user whom they may not touch.
#[must_use]
pub fn permits(
    actor: &Actor,
    requirement: Requirement,
    user: &UserId,
    organization: Option<&OrgId>,
) -> Verdict {
    let oneself = actor.is(user);
    if oneself && requirement.oneself == Oneself::Suffices {
        return Verdict::Granted;
    }
    match reach(actor, requirement.permission) {
        Reach::Instance => Verdict::Granted,
        Reach::Nowhere => Verdict::Denied,
        Reach::Organizations(held) if organization.is_some_and(|id| held.contains(&id)) => Verdict::Granted,
        // One's own existence is no secret.
        Reach::Organizations(_) if oneself => Verdict::Denied,
        Reach::Organizations(_) => Verdict::Hidden,
    }
}

/// Whether `actor` may do what takes `permission` in `organization`, for example create a user there.
#[must_use]
pub fn permits_in(actor: &Actor, permission: Permission, organization: &OrgId) -> bool {
    match reach(actor, permission) {
        Reach::Instance => true,
        Reach::Organizations(held) => held.contains(&organization),
        Reach::Nowhere => false,
    }
}

/// Whether `actor` may do what takes `permission` on the whole instance, for example create an organisation.
#[must_use]
pub fn permits_on_instance(actor: &Actor, permission: Permission) -> bool {
    matches!(reach(actor, permission), Reach::Instance)
}

/// Where `actor` may do what takes `permission`: in these organisations, or in every one (`None`).
#[must_use]
pub fn permitted_organizations(actor: &Actor, permission: Permission) -> Option<Vec<OrgId>> {
    match reach(actor, permission) {
        Reach::Instance => None,
        Reach::Organizations(held) => Some(held.into_iter().cloned().collect()),
        Reach::Nowhere => Some(Vec::new()),
    }
}

/// Whom an actor may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Every user of the instance.
    Everybody,
    /// The users of these organisations, and oneself. It may come to nobody.
    Only {
        /// Where the actor holds the permission.
        organizations: Vec<OrgId>,
        /// The actor, if it is a user.
        oneself: Option<UserId>,
    },
}

/// Whom `actor` may read: where it holds `user.read`, and itself. Those are the users for whom [`permits`] grants it.
#[must_use]
pub fn readable_by(actor: &Actor) -> Reading {
    match permitted_organizations(actor, Permission::UserRead) {
        None => Reading::Everybody,
        Some(organizations) => Reading::Only {
            organizations,
            oneself: match &actor.subject {
                Subject::User(id) => Some(id.clone()),
                Subject::Service(_) => None,
            },
        },
    }
}

/// How far a permission reaches.
enum Reach<'a> {
    Instance,
    Organizations(Vec<&'a OrgId>),
    Nowhere,
}

fn reach(actor: &Actor, permission: Permission) -> Reach<'_> {
    let mut held = Vec::new();
    for grant in actor.grants.iter().filter(|grant| grant.role.carries(permission)) {
        match grant.organization() {
            None => return Reach::Instance,
            Some(id) => held.push(id),
        }
    }
    if held.is_empty() {
        Reach::Nowhere
    } else {
        Reach::Organizations(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    fn org(text: &str) -> OrgId {
        OrgId::parse(text).unwrap()
    }

    fn actor(grants: &[(Role, Option<&str>)]) -> Actor {
        let grants = grants
            .iter()
            .map(|(role, at)| Grant::new(*role, at.map(org)).unwrap())
            .collect();
        Actor {
            subject: Subject::User(id("me")),
            grants,
        }
    }

    fn verdict(
        actor: &Actor,
        permission: Permission,
        oneself: Oneself,
        user: &str,
        at: Option<&str>,
    ) -> Verdict {
        permits(
            actor,
            Requirement { permission, oneself },
            &id(user),
            at.map(org).as_ref(),
        )
    }

    /// Rows: role × where held. Columns: myself, another of my organisation, of another one, nobody.
    #[test]
    fn the_golden_matrix_of_roles_and_owners() {
        use Verdict::{Denied as D, Granted as G, Hidden as H};
        let nothing = actor(&[]);
        let all = Role::ALL.map(|role| actor(&[(role, (!role.is_instance_wide()).then_some("mine"))]));
        let [
            iam_owner,
            iam_viewer,
            iam_manager,
            org_owner,
            org_viewer,
            org_manager,
        ] = all;
        let rows = [
            ("none", nothing, [D, D, D, D], [D, D, D, D]),
            ("IAM_OWNER", iam_owner, [G, G, G, G], [G, G, G, G]),
            ("IAM_OWNER_VIEWER", iam_viewer, [D, D, D, D], [G, G, G, G]),
            ("IAM_USER_MANAGER", iam_manager, [G, G, G, G], [G, G, G, G]),
            ("ORG_OWNER", org_owner, [G, G, H, H], [G, G, H, H]),
            ("ORG_OWNER_VIEWER", org_viewer, [D, D, D, D], [G, G, H, H]),
            ("ORG_USER_MANAGER", org_manager, [G, G, H, H], [G, G, H, H]),
        ];
        let targets = [
            ("me", Some("mine")),
            ("peer", Some("mine")),
            ("stranger", Some("theirs")),
            ("nobody", None),
        ];
        for (name, actor, write, read) in rows {
            for (column, (user, at)) in targets.into_iter().enumerate() {
                let cell = format!("{name} × {user}");
                for permission in [Permission::UserWrite, Permission::UserDelete] {
                    let got = verdict(&actor, permission, Oneself::NeedsPermission, user, at);
                    assert_eq!(got, write[column], "{cell} {permission:?}");
                }
                let got = verdict(&actor, Permission::UserRead, Oneself::NeedsPermission, user, at);
                assert_eq!(got, read[column], "{cell} UserRead");
                let with_self = if user == "me" { G } else { write[column] };
                let got = verdict(&actor, Permission::UserWrite, Oneself::Suffices, user, at);
                assert_eq!(got, with_self, "{cell} oneself");
            }
        }
    }

    #[test]
    fn only_the_owner_of_the_instance_creates_organisations() {
        let creators = Role::ALL.into_iter().filter(|role| {
            let actor = actor(&[(*role, (!role.is_instance_wide()).then_some("mine"))]);
            permits_on_instance(&actor, Permission::OrgCreate)
        });
        assert_eq!(creators.collect::<Vec<_>>(), [Role::IamOwner]);
    }

    #[test]
    fn organisations_are_read_where_a_role_is_held() {
        let readable =
            |grants: &[(Role, Option<&str>)]| permitted_organizations(&actor(grants), Permission::OrgRead);
        assert_eq!(readable(&[]), Some(Vec::new()));
        let in_two = [
            (Role::OrgOwnerViewer, Some("mine")),
            (Role::OrgUserManager, Some("theirs")),
        ];
        assert_eq!(readable(&in_two), Some(vec![org("mine"), org("theirs")]));
        for role in [Role::IamOwner, Role::IamOwnerViewer, Role::IamUserManager] {
            assert_eq!(readable(&[(role, None), (Role::OrgOwner, Some("mine"))]), None);
        }
    }

    #[test]
    fn whom_one_may_read_in_a_list_is_whom_one_may_read_alone() {
        let mut actors = vec![actor(&[])];
        for role in Role::ALL {
            let at = |place| (!role.is_instance_wide()).then_some(place);
            actors.push(actor(&[(role, at("mine"))]));
            actors.push(actor(&[(role, at("theirs")), (role, at("mine"))]));
        }
        for actor in actors {
            let reading = readable_by(&actor);
            for (user, at) in [("me", "mine"), ("peer", "mine"), ("stranger", "theirs")] {
                let listed = match &reading {
                    Reading::Everybody => true,
                    Reading::Only {
                        organizations,
                        oneself,
                    } => organizations.contains(&org(at)) || *oneself == Some(id(user)),
                };
                let alone = verdict(&actor, Permission::UserRead, Oneself::Suffices, user, Some(at));
                assert_eq!(listed, alone == Verdict::Granted, "{:?} {user}", actor.grants);
            }
        }
    }

    #[test]
    fn a_role_is_held_where_its_name_says() {
        assert_eq!(
            Grant::new(Role::IamOwner, Some(org("o"))),
            Err(GrantError::InstanceWide(Role::IamOwner))
        );
        assert_eq!(
            Grant::new(Role::OrgOwner, None),
            Err(GrantError::NeedsOrganization(Role::OrgOwner))
        );
        assert_eq!("ORG_OWNER".parse(), Ok(Role::OrgOwner));
        assert_eq!("org_owner".parse::<Role>(), Err(RoleError));
    }

    #[test]
    fn a_manager_of_another_organisation_is_denied_not_misled_about_themselves() {
        let elsewhere = actor(&[(Role::OrgOwner, Some("theirs"))]);
        assert_eq!(
            verdict(
                &elsewhere,
                Permission::UserWrite,
                Oneself::NeedsPermission,
                "me",
                Some("mine")
            ),
            Verdict::Denied
        );
    }
}
