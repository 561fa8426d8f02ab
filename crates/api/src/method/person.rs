//! Users as they are read: alone and in lists.

use ringtrue_core::{
    Details, UserId,
    port::Versioned,
    user::{self, Account, Gender, Standing},
};
use ringtrue_proto::{
    object,
    user::v2::{self, HumanEmail, HumanPhone, HumanProfile, HumanUser, User, UserState},
};

use super::parts;

/// BCP 47 for "no language given": what the peer answers then.
const LANGUAGE_UNDETERMINED: &str = "und";

/// A user as whoever may read them sees them; none once they are gone.
pub(super) fn user(id: &UserId, now: &Versioned<user::User>) -> Option<User> {
    let account = now.value.account()?;
    let details = object::v2::Details {
        creation_date: Some(parts::timestamp(account.created_at)),
        ..parts::details(&Details {
            sequence: now.sequence,
            changed_at: now.changed_at,
            organization: account.organization.clone(),
        })
    };
    Some(User {
        user_id: id.as_str().to_owned(),
        state: state(account.standing).into(),
        username: account.username.clone(),
        login_names: vec![account.username.clone()],
        preferred_login_name: account.username.clone(),
        details: Some(details),
        r#type: Some(v2::user::Type::Human(human(account))),
    })
}

const fn state(standing: Standing) -> UserState {
    match standing {
        Standing::Active => UserState::Active,
        Standing::Inactive => UserState::Inactive,
        Standing::Locked => UserState::Locked,
    }
}

/// The person. Fields 1 to 5 stand in the user around it, and the peer leaves them out here.
fn human(account: &Account) -> HumanUser {
    let profile = &account.profile;
    let gender = match profile.gender {
        None | Some(Gender::Unspecified) => v2::Gender::Unspecified,
        Some(Gender::Female) => v2::Gender::Female,
        Some(Gender::Male) => v2::Gender::Male,
        Some(Gender::Diverse) => v2::Gender::Diverse,
    };
    let language = profile
        .preferred_language
        .as_deref()
        .filter(|tag| !tag.is_empty());
    let phone = account.phone.as_ref().map(|phone| HumanPhone {
        phone: phone.number.as_str().to_owned(),
        is_verified: phone.verified,
    });
    HumanUser {
        profile: Some(HumanProfile {
            given_name: profile.given_name.clone(),
            family_name: profile.family_name.clone(),
            nick_name: Some(profile.nick_name.clone().unwrap_or_default()),
            display_name: Some(profile.display_name.clone()),
            preferred_language: Some(language.unwrap_or(LANGUAGE_UNDETERMINED).to_owned()),
            gender: Some(gender.into()),
            avatar_url: String::new(),
        }),
        email: Some(HumanEmail {
            email: account.email.address.as_str().to_owned(),
            is_verified: account.email.verified,
        }),
        phone: Some(phone.unwrap_or_default()),
        ..HumanUser::default()
    }
}
