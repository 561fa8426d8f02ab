use super::{Account, Email, Event, Phone, User};

/// The user after one more event. What an event means stands here and nowhere else; an event that does not fit the
/// state changes nothing.
#[must_use]
pub fn evolve(user: User, event: &Event) -> User {
    match (user, event) {
        (_, Event::UserRemoved) => User::Removed,
        (
            _,
            Event::UserAdded {
                organization,
                username,
                profile,
                email,
                phone,
                created_at,
            },
        ) => User::Active(Box::new(Account {
            organization: organization.clone(),
            username: username.clone(),
            profile: profile.clone(),
            email: Email {
                address: email.clone(),
                verified: false,
                code: None,
            },
            phone: phone.clone().map(|number| Phone {
                number,
                verified: false,
                code: None,
            }),
            failures: 0,
            lock: None,
            created_at: *created_at,
        })),
        (User::Active(mut account), event) => {
            change(&mut account, event);
            User::Active(account)
        }
        (gone @ (User::Absent | User::Removed), _) => gone,
    }
}

fn change(account: &mut Account, event: &Event) {
    match event {
        Event::UserAdded { .. } | Event::UserRemoved => {}
        Event::EmailVerified => {
            account.email.verified = true;
            account.email.code = None;
        }
        Event::EmailCodeIssued { code } => account.email.code = Some(code.clone()),
        Event::PhoneChanged { phone } => {
            account.phone = Some(Phone {
                number: phone.clone(),
                verified: false,
                code: None,
            });
        }
        Event::CodeIssued { code, .. } => {
            if let Some(phone) = &mut account.phone {
                phone.code = Some(code.clone());
            }
        }
        Event::PhoneVerified => {
            if let Some(phone) = &mut account.phone {
                phone.verified = true;
                phone.code = None;
            }
            account.failures = 0;
            account.lock = None;
        }
        Event::VerificationFailed { lock } => {
            account.failures += 1;
            account.lock = *lock;
            if let (Some(_), Some(code)) =
                (lock, account.phone.as_mut().and_then(|phone| phone.code.as_mut()))
            {
                code.digest = None;
            }
        }
        Event::PhoneRemoved => account.phone = None,
    }
}
