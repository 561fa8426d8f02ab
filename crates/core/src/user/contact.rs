//! Phone and e-mail address as one thing: an address that a code can prove.

use super::{Account, Event, IssuedCode};
use crate::{Channel, EmailAddress, phone_number::PhoneNumber};

/// An address of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address<'a> {
    Phone(&'a PhoneNumber),
    Email(&'a EmailAddress),
}

impl<'a> Address<'a> {
    pub(super) const fn channel(self) -> Channel {
        match self {
            Self::Phone(_) => Channel::Phone,
            Self::Email(_) => Channel::Email,
        }
    }

    pub(super) fn as_str(self) -> &'a str {
        match self {
            Self::Phone(number) => number.as_str(),
            Self::Email(address) => address.as_str(),
        }
    }

    /// That it became the user's; what was proven of the one before is void.
    pub(super) fn changed(self) -> Event {
        match self {
            Self::Phone(phone) => Event::PhoneChanged { phone: phone.clone() },
            Self::Email(email) => Event::EmailChanged { email: email.clone() },
        }
    }
}

/// An address that a user has, and how far it is proven.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contact<'a> {
    pub(super) address: Address<'a>,
    pub(super) verified: bool,
    pub(super) code: Option<&'a IssuedCode>,
}

/// How far an address is proven, to be changed.
pub(super) struct Proof<'a> {
    pub(super) verified: &'a mut bool,
    pub(super) code: &'a mut Option<IssuedCode>,
}

impl Account {
    /// What the user has on this channel.
    pub(super) fn contact(&self, channel: Channel) -> Option<Contact<'_>> {
        Some(match channel {
            Channel::Phone => {
                let phone = self.phone.as_ref()?;
                Contact {
                    address: Address::Phone(&phone.number),
                    verified: phone.verified,
                    code: phone.code.as_ref(),
                }
            }
            Channel::Email => Contact {
                address: Address::Email(&self.email.address),
                verified: self.email.verified,
                code: self.email.code.as_ref(),
            },
        })
    }

    pub(super) fn proof_mut(&mut self, channel: Channel) -> Option<Proof<'_>> {
        let (verified, code) = match channel {
            Channel::Phone => {
                let phone = self.phone.as_mut()?;
                (&mut phone.verified, &mut phone.code)
            }
            Channel::Email => (&mut self.email.verified, &mut self.email.code),
        };
        Some(Proof { verified, code })
    }
}
