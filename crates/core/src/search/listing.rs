use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{TextField, fold};
use crate::{
    OrgId,
    port::Commit,
    user::{Event, Standing, User},
};

/// What a user is found by, but for the phone: a store keeps it apart from the rest, so that whoever sets a phone does not
/// pay for the indexes on names. Each text comes with its [`fold`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the columns, and say what they hold")]
pub struct Listing {
    pub organization_id: OrgId,
    pub standing: Standing,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub username: String,
    pub username_folded: String,
    pub given_name: String,
    pub given_name_folded: String,
    pub family_name: String,
    pub family_name_folded: String,
    pub nick_name: String,
    pub nick_name_folded: String,
    pub display_name: String,
    pub display_name_folded: String,
    pub email: String,
    pub email_folded: String,
}

impl Listing {
    /// What this user is found by; nothing once the user is gone.
    #[must_use]
    pub fn of(user: &User) -> Option<Self> {
        let account = user.account()?;
        let profile = &account.profile;
        let nick_name = profile.nick_name.clone().unwrap_or_default();
        Some(Self {
            organization_id: account.organization.clone(),
            standing: account.standing,
            created_at: account.created_at,
            username_folded: fold(&account.username),
            username: account.username.clone(),
            given_name_folded: fold(&profile.given_name),
            given_name: profile.given_name.clone(),
            family_name_folded: fold(&profile.family_name),
            family_name: profile.family_name.clone(),
            nick_name_folded: fold(&nick_name),
            nick_name,
            display_name_folded: fold(&profile.display_name),
            display_name: profile.display_name.clone(),
            email_folded: fold(account.email.address.as_str()),
            email: account.email.address.as_str().to_owned(),
        })
    }

    /// What this commit's user is found by from now on, where the commit changes it: most are about a phone. Whoever is gone
    /// is struck off with everything else that is erased.
    #[must_use]
    pub fn changed_by(commit: &Commit) -> Option<Self> {
        let relists = commit.events.iter().any(relists);
        relists.then(|| Self::of(&commit.after)).flatten()
    }

    /// A text that the user is found by.
    #[must_use]
    pub fn text(&self, field: TextField) -> &str {
        match field {
            TextField::Username => &self.username,
            TextField::GivenName => &self.given_name,
            TextField::FamilyName => &self.family_name,
            TextField::NickName => &self.nick_name,
            TextField::DisplayName => &self.display_name,
            TextField::Email => &self.email,
        }
    }

    /// The [`fold`] of a text that the user is found by.
    #[must_use]
    pub fn folded(&self, field: TextField) -> &str {
        match field {
            TextField::Username => &self.username_folded,
            TextField::GivenName => &self.given_name_folded,
            TextField::FamilyName => &self.family_name_folded,
            TextField::NickName => &self.nick_name_folded,
            TextField::DisplayName => &self.display_name_folded,
            TextField::Email => &self.email_folded,
        }
    }
}

/// Whether an event may change what its user is found by.
const fn relists(event: &Event) -> bool {
    match event {
        Event::UserAdded { .. }
        | Event::UsernameChanged { .. }
        | Event::ProfileChanged { .. }
        | Event::EmailChanged { .. }
        | Event::UserLocked
        | Event::UserUnlocked
        | Event::UserDeactivated
        | Event::UserReactivated
        | Event::UserRemoved => true,
        Event::EmailVerified
        | Event::EmailCodeIssued { .. }
        | Event::EmailVerificationFailed { .. }
        | Event::PhoneChanged { .. }
        | Event::CodeIssued { .. }
        | Event::PhoneVerified
        | Event::VerificationFailed { .. }
        | Event::PhoneRemoved => false,
    }
}
