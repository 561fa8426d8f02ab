//! What the peer's services have and our proto files do not: names, verbs and paths, so that REST too can answer by name.
//!
//! The protocols that call by name need no table: any name is answered alike.

use http::Method as Verb;

/// A method, its verb, and its path below `/v2` or `/v2beta`.
type Row = (&'static str, Verb, &'static str);

/// The methods of a service, with their whole paths.
pub(super) fn methods(service: &str) -> impl Iterator<Item = (&'static str, Verb, String)> {
    let (prefix, tables): (_, [&[Row]; 2]) = match service {
        super::USERS_V2 => ("/v2", [USERS, USERS_ONLY_V2]),
        super::USERS_V2BETA => ("/v2beta", [USERS, &[]]),
        super::ORGANIZATIONS_V2 => ("/v2", [ORGANIZATIONS, &[]]),
        _ => ("", [&[], &[]]),
    };
    let rows = tables.into_iter().flatten();
    rows.map(move |(name, verb, path)| (*name, verb.clone(), format!("{prefix}{path}")))
}

const USERS: &[Row] = &[
    ("RegisterPasskey", Verb::POST, "/users/{user_id}/passkeys"),
    (
        "VerifyPasskeyRegistration",
        Verb::POST,
        "/users/{user_id}/passkeys/{passkey_id}",
    ),
    (
        "CreatePasskeyRegistrationLink",
        Verb::POST,
        "/users/{user_id}/passkeys/registration_link",
    ),
    ("RegisterU2F", Verb::POST, "/users/{user_id}/u2f"),
    (
        "VerifyU2FRegistration",
        Verb::POST,
        "/users/{user_id}/u2f/{u2f_id}",
    ),
    ("RegisterTOTP", Verb::POST, "/users/{user_id}/totp"),
    (
        "VerifyTOTPRegistration",
        Verb::POST,
        "/users/{user_id}/totp/verify",
    ),
    ("RemoveTOTP", Verb::DELETE, "/users/{user_id}/totp"),
    ("AddOTPSMS", Verb::POST, "/users/{user_id}/otp_sms"),
    ("RemoveOTPSMS", Verb::DELETE, "/users/{user_id}/otp_sms"),
    ("AddOTPEmail", Verb::POST, "/users/{user_id}/otp_email"),
    ("RemoveOTPEmail", Verb::DELETE, "/users/{user_id}/otp_email"),
    ("StartIdentityProviderIntent", Verb::POST, "/idp_intents"),
    (
        "RetrieveIdentityProviderIntent",
        Verb::POST,
        "/idp_intents/{idp_intent_id}",
    ),
    ("AddIDPLink", Verb::POST, "/users/{user_id}/links"),
    ("PasswordReset", Verb::POST, "/users/{user_id}/password_reset"),
    ("SetPassword", Verb::POST, "/users/{user_id}/password"),
    (
        "ListAuthenticationMethodTypes",
        Verb::GET,
        "/users/{user_id}/authentication_methods",
    ),
];

const USERS_ONLY_V2: &[Row] = &[
    ("SendEmailCode", Verb::POST, "/users/{user_id}/email/send"),
    ("ListPasskeys", Verb::POST, "/users/{user_id}/passkeys/_search"),
    (
        "RemovePasskey",
        Verb::DELETE,
        "/users/{user_id}/passkeys/{passkey_id}",
    ),
    ("RemoveU2F", Verb::DELETE, "/users/{user_id}/u2f/{u2f_id}"),
    (
        "GenerateRecoveryCodes",
        Verb::POST,
        "/users/{user_id}/recovery_codes",
    ),
    (
        "RemoveRecoveryCodes",
        Verb::DELETE,
        "/users/{user_id}/recovery_codes",
    ),
    ("ListIDPLinks", Verb::POST, "/users/{user_id}/links/_search"),
    (
        "RemoveIDPLink",
        Verb::DELETE,
        "/users/{user_id}/links/{idp_id}/{linked_user_id}",
    ),
    ("AddSecret", Verb::POST, "/users/{user_id}/secret"),
    ("RemoveSecret", Verb::DELETE, "/users/{user_id}/secret"),
    ("AddKey", Verb::POST, "/users/{user_id}/keys"),
    ("RemoveKey", Verb::DELETE, "/users/{user_id}/keys/{key_id}"),
    ("ListKeys", Verb::POST, "/users/keys/search"),
    ("AddPersonalAccessToken", Verb::POST, "/users/{user_id}/pats"),
    (
        "RemovePersonalAccessToken",
        Verb::DELETE,
        "/users/{user_id}/pats/{token_id}",
    ),
    ("ListPersonalAccessTokens", Verb::POST, "/users/pats/search"),
    (
        "ListAuthenticationFactors",
        Verb::POST,
        "/users/{user_id}/authentication_factors/_search",
    ),
    ("CreateInviteCode", Verb::POST, "/users/{user_id}/invite_code"),
    (
        "ResendInviteCode",
        Verb::POST,
        "/users/{user_id}/invite_code/resend",
    ),
    (
        "VerifyInviteCode",
        Verb::POST,
        "/users/{user_id}/invite_code/verify",
    ),
    (
        "HumanMFAInitSkipped",
        Verb::POST,
        "/users/{user_id}/mfa_init_skipped",
    ),
    ("SetUserMetadata", Verb::POST, "/users/{user_id}/metadata"),
    ("ListUserMetadata", Verb::POST, "/users/{user_id}/metadata/search"),
    ("DeleteUserMetadata", Verb::DELETE, "/users/{user_id}/metadata"),
];

const ORGANIZATIONS: &[Row] = &[
    (
        "UpdateOrganization",
        Verb::POST,
        "/organizations/{organization_id}",
    ),
    (
        "DeleteOrganization",
        Verb::DELETE,
        "/organizations/{organization_id}",
    ),
    (
        "SetOrganizationMetadata",
        Verb::POST,
        "/organizations/{organization_id}/metadata",
    ),
    (
        "ListOrganizationMetadata",
        Verb::POST,
        "/organizations/{organization_id}/metadata/search",
    ),
    (
        "DeleteOrganizationMetadata",
        Verb::DELETE,
        "/organizations/{organization_id}/metadata",
    ),
    (
        "AddOrganizationDomain",
        Verb::POST,
        "/organizations/{organization_id}/domains",
    ),
    (
        "ListOrganizationDomains",
        Verb::POST,
        "/organizations/{organization_id}/domains/search",
    ),
    (
        "DeleteOrganizationDomain",
        Verb::DELETE,
        "/organizations/{organization_id}/domains",
    ),
    (
        "GenerateOrganizationDomainValidation",
        Verb::POST,
        "/organizations/{organization_id}/domains/validation/generate",
    ),
    (
        "VerifyOrganizationDomain",
        Verb::POST,
        "/organizations/{organization_id}/domains/validation/verify",
    ),
    (
        "DeactivateOrganization",
        Verb::POST,
        "/organizations/{organization_id}/deactivate",
    ),
    (
        "ActivateOrganization",
        Verb::POST,
        "/organizations/{organization_id}/activate",
    ),
];
