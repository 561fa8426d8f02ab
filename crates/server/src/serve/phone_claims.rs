//! `phone.unique_verified`, applied to the users there are.

use ringtrue_core::{
    UserId,
    port::{AlignOutcome, Storage},
    user::PhoneUniqueness,
};
use tracing::info;

use crate::failure::Failure;

/// Makes the claims what the rule asks for, or says who stands in the way. With `off` nothing is done: claims that an earlier
/// rule made go as numbers change, and nobody asks for them meanwhile.
pub(super) async fn align(storage: &Storage, rule: PhoneUniqueness) -> Result<(), Failure> {
    if rule == PhoneUniqueness::Off {
        return Ok(());
    }
    match storage.phone_claims.align(rule).await {
        Ok(AlignOutcome::Aligned {
            taken: 0,
            released: 0,
        }) => Ok(()),
        Ok(AlignOutcome::Aligned { taken, released }) => {
            info!(
                claims.taken = taken,
                claims.released = released,
                rule = rule.as_str(),
                "applied phone.unique_verified to the users there are"
            );
            Ok(())
        }
        Ok(AlignOutcome::Contested { users }) => Err(Failure::Failed(contested(rule, &users))),
        Err(error) => Err(Failure::because(
            "could not apply phone.unique_verified to the users there are",
            &error,
        )),
    }
}

fn contested(rule: PhoneUniqueness, users: &[UserId]) -> String {
    let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
    format!(
        "phone.unique_verified is {:?}, but users have verified a number that another has verified too: {}. \
         Start with \"off\", remove the phone of all but one of each, and try again",
        rule.as_str(),
        users.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stands_in_the_way_is_named_with_what_to_do() {
        let users = ["ada", "eve"].map(|id| UserId::from_stored(id.to_owned()));
        let text = contested(PhoneUniqueness::Instance, &users);
        assert!(
            text.contains("\"instance\"") && text.contains("ada, eve") && text.contains("\"off\""),
            "{text}"
        );
    }
}
