//! Who may ask for what (`contract.md` 3.3), command by command.

use ringtrue_core::{
    EmailAddress,
    access::{
        Oneself::{self, NeedsPermission, Suffices},
        Permission,
    },
    code::Code,
    phone_number::PhoneRules,
    user::{Command, Delivery, EmailVerification, PhoneChange, ProfileChanges, UserChanges, Verification},
};

const SEND: Verification = Verification::ByCode(Delivery::Send);
const RETURN: Verification = Verification::ByCode(Delivery::Return);
const VOUCHED: Verification = Verification::Vouched;

fn set_phone(verification: Verification) -> Command {
    Command::SetPhone {
        number: PhoneRules::default().parse("+41791234567"),
        verification,
    }
}

fn set_email(verification: EmailVerification) -> Command {
    Command::SetEmail {
        address: EmailAddress::parse("ada@example.com"),
        verification,
    }
}

fn update(phone: Option<Verification>, email: Option<EmailVerification>) -> Command {
    let phone = phone.map(|verification| PhoneChange::Set {
        number: PhoneRules::default().parse("+41791234567"),
        verification,
    });
    let email = email.map(|verification| (EmailAddress::parse("ada@example.com"), verification));
    Command::Update(Box::new(UserChanges {
        username: Some("ada".to_owned()),
        profile: Some(ProfileChanges::default()),
        email,
        phone,
    }))
}

fn code() -> Code {
    Code::new("004711")
}

#[test]
fn oneself_suffices_except_for_vouching_reading_codes_and_being_shut_out() {
    let remove = Command::Update(Box::new(UserChanges {
        phone: Some(PhoneChange::Remove),
        ..UserChanges::default()
    }));
    let rows: Vec<(Command, Oneself)> = vec![
        (set_phone(SEND), Suffices),
        (set_phone(RETURN), NeedsPermission),
        (set_phone(VOUCHED), NeedsPermission),
        (
            Command::ResendCode {
                delivery: Delivery::Send,
            },
            Suffices,
        ),
        (
            Command::ResendCode {
                delivery: Delivery::Return,
            },
            NeedsPermission,
        ),
        (Command::VerifyPhone { code: code() }, Suffices),
        (Command::RemovePhone, Suffices),
        (set_email(EmailVerification::Unverified), Suffices),
        (set_email(EmailVerification::ReturnCode), NeedsPermission),
        (set_email(EmailVerification::Vouched), NeedsPermission),
        (Command::ResendEmailCode, NeedsPermission),
        (Command::VerifyEmail { code: code() }, Suffices),
        (update(None, None), Suffices),
        (update(Some(SEND), Some(EmailVerification::Unverified)), Suffices),
        (remove, Suffices),
        (update(Some(RETURN), None), NeedsPermission),
        (update(Some(VOUCHED), None), NeedsPermission),
        (
            update(Some(RETURN), Some(EmailVerification::Unverified)),
            NeedsPermission,
        ),
        (update(None, Some(EmailVerification::ReturnCode)), NeedsPermission),
        (
            update(Some(SEND), Some(EmailVerification::Vouched)),
            NeedsPermission,
        ),
        (Command::Lock, NeedsPermission),
        (Command::Unlock, NeedsPermission),
        (Command::Deactivate, NeedsPermission),
        (Command::Reactivate, NeedsPermission),
    ];
    for (command, oneself) in rows {
        let requirement = command.requirement();
        assert_eq!(requirement.oneself, oneself, "{command:?}");
        assert_eq!(requirement.permission, Permission::UserWrite, "{command:?}");
    }
    let delete = Command::Delete.requirement();
    assert_eq!(
        (delete.permission, delete.oneself),
        (Permission::UserDelete, NeedsPermission)
    );
}
