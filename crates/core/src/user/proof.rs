//! How an address is proven: one mechanism for telephone numbers and e-mail addresses.

use super::{
    Account, CodeMessage, Decision, Delivery, Drawn, Event, Facts, IssuedCode, Refusal, Standing,
    Verification,
    contact::{Address, Contact},
    decide::Granted,
};
use crate::{
    Channel, CodeId,
    code::{Code, Lock},
    keys::CodeBinding,
};

/// Another address, and what proves it, if anything is to.
pub(super) fn set(
    account: &Account,
    address: Address<'_>,
    verification: Option<Verification>,
    facts: &Facts<'_>,
) -> Result<Granted, Refusal> {
    if same(account, address).is_some() {
        return Err(Refusal::Unchanged(address.channel()));
    }
    let mut granted = Granted::default();
    change(account, address, verification, facts, &mut granted)?;
    Ok(granted)
}

/// As [`set`], except that the address which is there is no error, and may be vouched for (`contract.md` 3.5).
pub(super) fn update(
    account: &Account,
    address: Address<'_>,
    verification: Option<Verification>,
    facts: &Facts<'_>,
    granted: &mut Granted,
) -> Result<(), Refusal> {
    let Some(contact) = same(account, address) else {
        return change(account, address, verification, facts, granted);
    };
    if verification == Some(Verification::Vouched) && !contact.verified {
        prove(address, Verification::Vouched, facts, granted);
    }
    Ok(())
}

/// A new code for the address that is there. One that expired, or that failures have killed, can be drawn anew; one that
/// was used cannot.
pub(super) fn resend(
    account: &Account,
    channel: Channel,
    delivery: Delivery,
    facts: &Facts<'_>,
) -> Result<Granted, Refusal> {
    let contact = account.contact(channel).filter(|contact| contact.code.is_some());
    let contact = contact.ok_or(Refusal::NoCodeOutstanding(channel))?;
    ensure_code_is_worth_drawing(account, delivery, facts)?;
    let mut granted = Granted::default();
    prove(
        contact.address,
        Verification::ByCode(delivery),
        facts,
        &mut granted,
    );
    Ok(granted)
}

/// Whether the code is right. A wrong one is refused *and* recorded.
pub(super) fn verify(
    account: &Account,
    channel: Channel,
    typed: &Code,
    facts: &Facts<'_>,
) -> Result<Decision, Refusal> {
    if let Some(lock) = account.lock.filter(|lock| lock.holds_at(facts.now)) {
        return Err(Refusal::TooManyFailures(lock));
    }
    // Without a live code there is nothing to guess, so that nothing is counted: a second tap on "verify" costs nobody
    // an attempt.
    let live = account
        .contact(channel)
        .and_then(|contact| Some((contact.address, contact.code?)))
        .filter(|(_, issued)| facts.now < issued.expires_at)
        .and_then(|(address, issued)| Some((address, issued.id, issued.digest.as_ref()?)));
    let (address, id, digest) = live.ok_or(Refusal::CodeInvalid(channel))?;
    let right = facts.keys.code_matches(digest, bind(address, id, facts), typed);
    let (event, reply) = if right {
        (Event::verified(channel), Ok(super::Reply::default()))
    } else {
        let lock = facts.policy.lock_after(account.failures() + 1, facts.now);
        let failed = Event::verification_failed(channel, lock);
        (failed, Err(Refusal::CodeInvalid(channel)))
    };
    Ok(Decision {
        events: vec![event],
        message: None,
        reply,
    })
}

/// Adds what proves an address: the caller's word, or a new code, sent or returned.
pub(super) fn prove(
    address: Address<'_>,
    verification: Verification,
    facts: &Facts<'_>,
    granted: &mut Granted,
) {
    let channel = address.channel();
    match (verification, facts.drawn(channel)) {
        (Verification::Vouched, _) => granted.events.push(Event::verified(channel)),
        (Verification::ByCode(delivery), Some(drawn)) => {
            let issued = issue(address, drawn, facts);
            match (delivery, address) {
                (Delivery::Send, Address::Phone(number)) => {
                    granted.message = Some(CodeMessage {
                        to: number.clone(),
                        id: drawn.id,
                        code: drawn.code.clone(),
                        expires_at: issued.expires_at,
                    });
                }
                // No command asks for mail; were one to, nobody would get the code, rather than a caller who may not.
                (Delivery::Send, Address::Email(_)) => {}
                (Delivery::Return, _) => granted.reply.give(channel, drawn.code.clone()),
            }
            granted.events.push(Event::code_issued(channel, issued, delivery));
        }
        (Verification::ByCode(_), None) => {}
    }
}

fn change(
    account: &Account,
    address: Address<'_>,
    verification: Option<Verification>,
    facts: &Facts<'_>,
    granted: &mut Granted,
) -> Result<(), Refusal> {
    if let Some(Verification::ByCode(delivery)) = verification {
        ensure_code_is_worth_drawing(account, delivery, facts)?;
    }
    granted.events.push(address.changed());
    if let Some(verification) = verification {
        prove(address, verification, facts, granted);
    }
    Ok(())
}

/// What the user has, if it is this very address.
fn same<'a>(account: &'a Account, address: Address<'_>) -> Option<Contact<'a>> {
    account
        .contact(address.channel())
        .filter(|contact| contact.address == address)
}

/// Nothing is sent to whoever is locked or inactive. And a code that would expire before its user may try it would be paid
/// for and worthless.
fn ensure_code_is_worth_drawing(
    account: &Account,
    delivery: Delivery,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    match (delivery, account.standing) {
        (Delivery::Send, Standing::Locked) => return Err(Refusal::UserLocked),
        (Delivery::Send, Standing::Inactive) => return Err(Refusal::UserInactive),
        (Delivery::Send, Standing::Active) | (Delivery::Return, _) => {}
    }
    let expires_at = facts.now + facts.policy.lifetime;
    match account.lock {
        Some(lock @ Lock::Until(end)) if end >= expires_at => Err(Refusal::TooManyFailures(lock)),
        Some(lock @ Lock::UntilReset) => Err(Refusal::TooManyFailures(lock)),
        _ => Ok(()),
    }
}

fn issue(address: Address<'_>, drawn: &Drawn, facts: &Facts<'_>) -> IssuedCode {
    IssuedCode {
        id: drawn.id,
        expires_at: facts.now + facts.policy.lifetime,
        digest: Some(facts.keys.hash_code(bind(address, drawn.id, facts), &drawn.code)),
    }
}

fn bind<'a>(address: Address<'a>, code: CodeId, facts: &Facts<'a>) -> CodeBinding<'a> {
    CodeBinding {
        channel: address.channel(),
        user: facts.user,
        target: address.as_str(),
        code,
    }
}
