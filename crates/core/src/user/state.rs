use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Channel, CodeId, EmailAddress, OrgId, code::Lock, keys::CodeDigest, phone_number::PhoneNumber};

/// A user as their events have made them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum User {
    /// Never seen.
    #[default]
    Absent,
    /// Here, whatever their [`Standing`]. Shared: what is read of a user is handed on more often than it is changed.
    #[serde(rename = "active")]
    Present(Arc<Account>),
    /// Deleted; nothing is kept but that.
    Removed,
}

/// All that is kept of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The organisation that owns the user.
    pub organization: OrgId,
    /// The unique name.
    pub username: String,
    /// Whether the user may be written to.
    #[serde(default)]
    pub standing: Standing,
    /// What people see.
    pub profile: Profile,
    /// The e-mail address.
    pub email: Email,
    /// The phone, if there is one.
    pub phone: Option<Phone>,
    /// Consecutive wrong codes for phones since the last right one, over all codes and numbers (NIST SP 800-63B-4 §3.1.3.2).
    ///
    /// Stored under the name it had while it counted those for e-mail addresses too.
    #[serde(rename = "failures")]
    pub phone_failures: u32,
    /// The same for e-mail addresses.
    #[serde(default)]
    pub email_failures: u32,
    /// Until when no code is looked at, after too many failures of both kinds together. Not [`Standing::Locked`], which somebody
    /// decided.
    pub lock: Option<Lock>,
    /// When the user was created.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl Account {
    /// How many wrong codes count against the next one: those of both kinds.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.phone_failures.saturating_add(self.email_failures)
    }

    pub(super) const fn failures_mut(&mut self, channel: Channel) -> &mut u32 {
        match channel {
            Channel::Phone => &mut self.phone_failures,
            Channel::Email => &mut self.email_failures,
        }
    }
}

/// Where a user stands by the decision of whoever manages them (`contract.md` 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In use.
    #[default]
    Active,
    /// Deactivated, until reactivated.
    Inactive,
    /// Locked, until unlocked or deactivated.
    Locked,
}

impl Standing {
    /// The name that it is stored under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Locked => "locked",
        }
    }

    /// The one that is stored under this name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Locked]
            .into_iter()
            .find(|standing| standing.as_str() == name)
    }
}

/// A person's names and preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Nickname.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<String>,
    /// The name to greet by.
    pub display_name: String,
    /// BCP 47 tag of the language to write in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// Gender, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
}

/// Gender, by the contract's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Said to be unspecified.
    Unspecified,
    /// Female.
    Female,
    /// Male.
    Male,
    /// Diverse.
    Diverse,
}

/// An e-mail address of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// The address.
    pub address: EmailAddress,
    /// Whether it is proven.
    pub verified: bool,
    /// The code that would prove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<IssuedCode>,
}

/// A phone of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The number.
    pub number: PhoneNumber,
    /// Whether it is proven.
    pub verified: bool,
    /// The code that would prove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<IssuedCode>,
}

/// A code that was issued and not yet used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// The drawing.
    pub id: CodeId,
    /// Until when it is accepted, exclusive.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// What it is checked against; gone once too many failures have killed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<CodeDigest>,
}

impl User {
    /// The account, while there is one.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Present(account) => Some(account),
            Self::Absent | Self::Removed => None,
        }
    }

    /// The phone, if the user has one.
    #[must_use]
    pub fn phone(&self) -> Option<&Phone> {
        self.account()?.phone.as_ref()
    }

    /// The code that a message for the user's phone may carry: none while nothing may be sent there.
    #[must_use]
    pub fn live_code(&self) -> Option<CodeId> {
        let account = self
            .account()
            .filter(|account| account.standing == Standing::Active)?;
        let code = account.phone.as_ref()?.code.as_ref()?;
        code.digest.as_ref().map(|_| code.id)
    }
}
