use std::sync::Arc;

use super::{Account, Email, Event, IssuedCode, Phone, Standing, User};
use crate::{Channel, code::Lock};

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
        ) => User::Present(Arc::new(Account {
            organization: organization.clone(),
            username: username.clone(),
            standing: Standing::Active,
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
            phone_failures: 0,
            email_failures: 0,
            lock: None,
            created_at: *created_at,
        })),
        (User::Present(mut account), event) => {
            change(Arc::make_mut(&mut account), event);
            User::Present(account)
        }
        (gone @ (User::Absent | User::Removed), _) => gone,
    }
}

fn change(account: &mut Account, event: &Event) {
    match event {
        Event::UserAdded { .. } | Event::UserRemoved => {}
        Event::UsernameChanged { username } => account.username.clone_from(username),
        Event::ProfileChanged { profile } => account.profile = profile.clone(),
        Event::EmailChanged { email } => {
            account.email = Email {
                address: email.clone(),
                verified: false,
                code: None,
            };
        }
        Event::PhoneChanged { phone } => {
            account.phone = Some(Phone {
                number: phone.clone(),
                verified: false,
                code: None,
            });
        }
        Event::PhoneRemoved => account.phone = None,
        Event::CodeIssued { code, .. } => code_issued(account, Channel::Phone, code),
        Event::EmailCodeIssued { code } => code_issued(account, Channel::Email, code),
        Event::PhoneVerified => verified(account, Channel::Phone),
        Event::EmailVerified => verified(account, Channel::Email),
        Event::VerificationFailed { lock } => verification_failed(account, Channel::Phone, *lock),
        Event::EmailVerificationFailed { lock } => verification_failed(account, Channel::Email, *lock),
        Event::UserLocked => account.standing = Standing::Locked,
        Event::UserDeactivated => account.standing = Standing::Inactive,
        Event::UserUnlocked | Event::UserReactivated => account.standing = Standing::Active,
    }
}

fn code_issued(account: &mut Account, channel: Channel, code: &IssuedCode) {
    if let Some(proof) = account.proof_mut(channel) {
        *proof.code = Some(code.clone());
    }
}

fn verified(account: &mut Account, channel: Channel) {
    if let Some(proof) = account.proof_mut(channel) {
        *proof.verified = true;
        *proof.code = None;
    }
    // A proof ends the row of its own kind: whoever owns a mailbox must not refill the guesses at somebody else's number. Past the
    // last wait only a caller's word proves anything, and that ends both.
    if account.lock == Some(Lock::UntilReset) {
        (account.phone_failures, account.email_failures) = (0, 0);
    }
    *account.failures_mut(channel) = 0;
    account.lock = None;
}

fn verification_failed(account: &mut Account, channel: Channel, lock: Option<Lock>) {
    let failures = account.failures_mut(channel);
    *failures = failures.saturating_add(1);
    account.lock = lock;
    if let (Some(_), Some(code)) = (
        lock,
        account.proof_mut(channel).and_then(|proof| proof.code.as_mut()),
    ) {
        code.digest = None;
    }
}
