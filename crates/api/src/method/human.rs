//! What the methods that write a person have in common: the checks of a profile, an e-mail address and a phone, and what they
//! mean to the core.

use ringtrue_core::{
    EmailAddress,
    user::{Delivery, EmailVerification, Gender, Profile, Verification},
};
use ringtrue_proto::user::v2::{
    self, SetHumanEmail, SetHumanPhone, SetHumanProfile, set_human_email, set_human_phone,
};

use crate::{
    surface::Version,
    validate::{Invalid, defined, is_true, runes, runes_at_most},
};

/// Checks a profile.
pub(super) fn validate_profile(profile: &SetHumanProfile) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanProfile";
    runes(MESSAGE, "GivenName", &profile.given_name, (1, 200))?;
    runes(MESSAGE, "FamilyName", &profile.family_name, (1, 200))?;
    let optional = [
        ("NickName", &profile.nick_name, 200),
        ("DisplayName", &profile.display_name, 200),
        ("PreferredLanguage", &profile.preferred_language, 10),
    ];
    for (field, value, max) in optional {
        runes_at_most(MESSAGE, field, value.as_deref().unwrap_or_default(), max)?;
    }
    validate_gender(MESSAGE, profile.gender)
}

/// Checks that a gender is one of those that there are.
pub(super) fn validate_gender(message: &str, gender: Option<i32>) -> Result<(), Invalid> {
    gender.map_or(Ok(()), |gender| defined::<v2::Gender>(message, "Gender", gender))
}

/// Checks an e-mail address and how it is to be proven.
pub(super) fn validate_email(email: &SetHumanEmail, version: Version) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanEmail";
    validate_address(MESSAGE, &email.email)?;
    match (version, &email.verification) {
        // Version 2 lets a caller say "not verified"; version 2beta takes only "verified".
        (Version::V2Beta, Some(set_human_email::Verification::IsVerified(yes))) => {
            is_true(MESSAGE, "IsVerified", *yes)
        }
        _ => Ok(()),
    }
}

/// Checks an e-mail address.
pub(super) fn validate_address(message: &str, address: &str) -> Result<(), Invalid> {
    runes(message, "Email", address, (1, 200))?;
    match EmailAddress::parse(address) {
        Ok(_) => Ok(()),
        Err(cause) => {
            let rule = format_args!("value must be a valid email address | caused by: {cause}");
            Err(Invalid::field(message, "Email", rule))
        }
    }
}

/// Checks a phone and how it is to be proven. An empty number is for the method to understand.
pub(super) fn validate_phone(phone: &SetHumanPhone) -> Result<(), Invalid> {
    const MESSAGE: &str = "SetHumanPhone";
    runes(MESSAGE, "Phone", &phone.phone, (0, 200))?;
    match phone.verification {
        Some(set_human_phone::Verification::IsVerified(yes)) => is_true(MESSAGE, "IsVerified", yes),
        _ => Ok(()),
    }
}

/// Whether a code is to be sent to the address, which cannot be done.
pub(super) fn asks_for_mail(email: Option<&SetHumanEmail>) -> bool {
    let verification = email.and_then(|email| email.verification.as_ref());
    matches!(verification, Some(set_human_email::Verification::SendCode(_)))
}

/// A profile as the core has it.
pub(super) fn profile(profile: SetHumanProfile) -> Profile {
    Profile {
        given_name: profile.given_name,
        family_name: profile.family_name,
        nick_name: profile.nick_name,
        display_name: profile.display_name.unwrap_or_default(),
        preferred_language: profile.preferred_language,
        gender: gender(profile.gender),
    }
}

/// A gender as the core has it.
pub(super) fn gender(gender: Option<i32>) -> Option<Gender> {
    let gender = v2::Gender::try_from(gender?).ok()?;
    Some(match gender {
        v2::Gender::Unspecified => Gender::Unspecified,
        v2::Gender::Female => Gender::Female,
        v2::Gender::Male => Gender::Male,
        v2::Gender::Diverse => Gender::Diverse,
    })
}

/// How an e-mail address is to be proven. Where nothing is said, nothing is: no mail is sent.
pub(super) fn email_verification(email: &SetHumanEmail) -> EmailVerification {
    match email.verification {
        Some(set_human_email::Verification::ReturnCode(_)) => EmailVerification::ReturnCode,
        Some(set_human_email::Verification::IsVerified(true)) => EmailVerification::Vouched,
        _ => EmailVerification::Unverified,
    }
}

/// How a phone is to be proven. Where nothing is said, by a code that is sent.
pub(super) fn phone_verification(phone: &SetHumanPhone) -> Verification {
    use set_human_phone::Verification::{IsVerified, ReturnCode, SendCode};
    match phone.verification {
        None | Some(SendCode(_)) => Verification::ByCode(Delivery::Send),
        Some(ReturnCode(_)) => Verification::ByCode(Delivery::Return),
        Some(IsVerified(_)) => Verification::Vouched,
    }
}
