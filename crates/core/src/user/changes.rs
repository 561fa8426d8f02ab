use super::{EmailVerification, Gender, Profile, Refusal, Verification};
use crate::{
    EmailAddress, EmailAddressError, OrgId,
    access::Oneself,
    phone_number::{PhoneNumber, PhoneNumberError},
};

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The organisation to own the user.
    pub organization: OrgId,
    /// The unique name.
    pub username: String,
    /// What people see.
    pub profile: Profile,
    /// The e-mail address.
    pub email: EmailAddress,
    /// How it is to be proven.
    pub email_verification: EmailVerification,
    /// The phone, if there is one, and how it is to be proven.
    pub phone: Option<(PhoneNumber, Verification)>,
}

/// What is to become of a user; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// The unique name.
    pub username: Option<String>,
    /// What people see.
    pub profile: Option<ProfileChanges>,
    /// The e-mail address as parsed, and how it is to be proven.
    pub email: Option<(Result<EmailAddress, EmailAddressError>, EmailVerification)>,
    /// The phone.
    pub phone: Option<PhoneChange>,
}

/// What is to become of a phone.
#[derive(Debug, Clone)]
pub enum PhoneChange {
    /// To be this number.
    Set {
        /// The number as parsed.
        number: Result<PhoneNumber, PhoneNumberError>,
        /// How it is to be proven.
        verification: Verification,
    },
    /// To be none.
    Remove,
}

/// What is to become of a profile; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChanges {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Nickname; empty for none.
    pub nick_name: Option<String>,
    /// The name to greet by; blank for "given family".
    pub display_name: Option<String>,
    /// BCP 47 tag of the language to write in; empty for none.
    pub preferred_language: Option<String>,
    /// Gender.
    pub gender: Option<Gender>,
}

impl UserChanges {
    /// Users may change themselves, except where R-Z1 asks for `user.write`.
    pub(super) fn oneself(&self) -> Oneself {
        let email = self
            .email
            .as_ref()
            .map(|(_, verification)| verification.oneself());
        let phone = self.phone.as_ref().map(|change| match change {
            PhoneChange::Set { verification, .. } => verification.oneself(),
            PhoneChange::Remove => Oneself::Suffices,
        });
        if email == Some(Oneself::NeedsPermission) || phone == Some(Oneself::NeedsPermission) {
            Oneself::NeedsPermission
        } else {
            Oneself::Suffices
        }
    }
}

impl ProfileChanges {
    /// The profile with these changes, if it still is one.
    pub(super) fn applied_to(&self, profile: &Profile) -> Result<Profile, Refusal> {
        let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        let optional = |new: &Option<String>, old: &Option<String>| match new {
            Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            None => old.clone(),
        };
        Profile {
            given_name: text(&self.given_name, &profile.given_name),
            family_name: text(&self.family_name, &profile.family_name),
            nick_name: optional(&self.nick_name, &profile.nick_name),
            display_name: text(&self.display_name, &profile.display_name),
            preferred_language: optional(&self.preferred_language, &profile.preferred_language),
            gender: self.gender.or(profile.gender),
        }
        .checked()
    }
}

impl Profile {
    /// A profile has a first and a last name; a blank display name becomes "first last" (`contract.md` 3.4).
    pub fn checked(mut self) -> Result<Self, Refusal> {
        if self.given_name.trim().is_empty() {
            return Err(Refusal::GivenNameEmpty);
        }
        if self.family_name.trim().is_empty() {
            return Err(Refusal::FamilyNameEmpty);
        }
        if self.display_name.trim().is_empty() {
            self.display_name = format!("{} {}", self.given_name, self.family_name);
        }
        Ok(self)
    }
}
