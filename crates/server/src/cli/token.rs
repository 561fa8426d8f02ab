use std::{path::Path, sync::Arc};

use clap::{Args, Subcommand};
use ringtrue_core::{
    OrgId, UserId,
    access::{Grant, Role, Subject},
    port::{Clock as _, InsertOutcome, Storage},
    token::{TokenId, TokenRecord},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::block_on;
use crate::{
    config::{Config, parse_duration},
    console::{note, print, table, try_print},
    database::Database,
    failure::Failure,
    system::{SystemClock, SystemIdSource},
    tokens,
};

/// Create, list and revoke access tokens
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    Create(Create),
    /// List the tokens: their ids, holders, roles and ends, and never the tokens themselves
    #[command(after_help = "\
Example:
  ringtrue token list")]
    List,
    /// Revoke a token at once
    #[command(after_help = "\
Example:
  ringtrue token revoke 9f86d081884c7d65")]
    Revoke {
        /// Its id, as `token list` shows it
        id: String,
    },
}

/// Create a token for a user or a program
///
/// The token is printed once, on standard output and alone on its line; only its hash is kept. Without `--role` its holder
/// may do what everybody may do to themselves. `IAM_OWNER`, `IAM_OWNER_VIEWER` and `IAM_USER_MANAGER` hold on the whole
/// instance; `ORG_OWNER`, `ORG_OWNER_VIEWER` and `ORG_USER_MANAGER` hold in the organisation that `--org` names, else in the default
/// one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringtrue token create --service shop --role IAM_USER_MANAGER
  ringtrue token create --service support --role ORG_OWNER_VIEWER --org acme --expires 90d
  TOKEN=$(ringtrue token create --user 312345678901234567)")]
pub(super) struct Create {
    /// The user that the token stands for, by id
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "service",
        conflicts_with = "service"
    )]
    user: Option<String>,
    /// The program that the token stands for, by any name
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// A role of the holder; may stand several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// The organisation that ORG_… roles are held in
    #[arg(long, value_name = "ID")]
    org: Option<String>,
    /// After how long the token is refused, such as 12h or 90d; never if absent
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

impl Token {
    pub(super) fn run(self, file: Option<&Path>) -> Result<(), Failure> {
        let config = Config::load(file)?;
        block_on(async {
            let database = Database::open_shared(&config).await?;
            let storage = database.storage();
            let done = match self {
                Self::Create(create) => create.run(&config, &storage).await,
                Self::List => list(&storage).await,
                Self::Revoke { id } => revoke(&storage, id).await,
            };
            database.close().await;
            done
        })
    }
}

impl Create {
    async fn run(self, config: &Config, storage: &Storage) -> Result<(), Failure> {
        let now = SystemClock.now();
        let subject = self.subject(storage).await?;
        let grants = self.grants(config, storage).await?;
        let expires_at = self.expires.as_deref().map(|text| end(text, now)).transpose()?;
        let token = tokens::draw();
        let ids = SystemIdSource::new(Arc::new(SystemClock));
        let record = tokens::record(&token, &ids, subject, grants, now, expires_at);
        store(storage, &record).await?;
        note(format_args!(
            "created the token {} for {}; it is shown once, and only its hash is kept",
            record.id.as_str(),
            record.subject
        ));
        for grant in &record.grants {
            note(format_args!("  {}", place(grant)));
        }
        if let Some(end) = record.expires_at {
            note(format_args!("  expires {}", day(end)));
        }
        try_print(token.reveal()).map_err(|error| {
            let id = record.id.as_str();
            let lost = format_args!("nobody has seen the token; `ringtrue token revoke {id}` revokes it");
            Failure::because(lost, &error)
        })
    }

    async fn subject(&self, storage: &Storage) -> Result<Subject, Failure> {
        let Some(user) = &self.user else {
            let name = self.service.clone().unwrap_or_default();
            if name.trim().is_empty() || name.chars().any(char::is_control) {
                return Err(Failure::Usage(
                    "--service is a name that can be printed".to_owned(),
                ));
            }
            return Ok(Subject::Service(name));
        };
        let id = UserId::parse(user).map_err(|error| Failure::Usage(format!("--user: {error}")))?;
        let found = storage
            .users
            .load(std::slice::from_ref(&id))
            .await
            .map_err(|error| Failure::because("could not look the user up", &error))?;
        if found.first().is_none_or(|user| user.value.account().is_none()) {
            return Err(Failure::Failed(format!(
                "there is no user with the id {id}; a program takes --service NAME"
            )));
        }
        Ok(Subject::User(id))
    }

    async fn grants(&self, config: &Config, storage: &Storage) -> Result<Vec<Grant>, Failure> {
        let in_organization = self.roles.iter().any(|role| !role.is_instance_wide());
        if let Some(role) = self.roles.iter().find(|role| role.is_instance_wide())
            && self.org.is_some()
        {
            return Err(Failure::Usage(format!(
                "{} is held on the whole instance; leave --org out, or make a token of its own for it",
                role.as_str()
            )));
        }
        if self.org.is_some() && !in_organization {
            return Err(Failure::Usage(
                "--org is where an ORG_… role is held; name one with --role".to_owned(),
            ));
        }
        let organization = match &self.org {
            Some(id) => OrgId::parse(id).map_err(|error| Failure::Usage(format!("--org: {error}")))?,
            None => config.organization.id.clone(),
        };
        if in_organization {
            let found = storage.organizations.find(&organization).await;
            let found =
                found.map_err(|error| Failure::because("could not look the organisation up", &error))?;
            if found.is_none() && self.org.is_some() {
                return Err(Failure::Failed(format!(
                    "there is no organisation with the id {organization}; `ringtrue org list` shows those there are"
                )));
            }
            if self.org.is_none() {
                note(format_args!(
                    "without --org, roles are held in the default organisation {organization}"
                ));
            }
        }
        self.roles
            .iter()
            .map(|&role| {
                let place = (!role.is_instance_wide()).then(|| organization.clone());
                Grant::new(role, place).map_err(|error| Failure::Usage(error.to_string()))
            })
            .collect()
    }
}

async fn store(storage: &Storage, record: &TokenRecord) -> Result<(), Failure> {
    match storage.tokens.insert(record).await {
        Ok(InsertOutcome::Inserted) => Ok(()),
        Ok(InsertOutcome::Exists) => Err(Failure::Failed("the drawn token was taken; try again".to_owned())),
        Err(error) => Err(Failure::because("could not store the token", &error)),
    }
}

async fn list(storage: &Storage) -> Result<(), Failure> {
    let tokens = storage.tokens.list().await;
    let tokens = tokens.map_err(|error| Failure::because("could not list the tokens", &error))?;
    let now = SystemClock.now();
    let rows: Vec<_> = tokens
        .into_iter()
        .map(|token| {
            let end = match token.expires_at {
                None => "never".to_owned(),
                Some(end) if end <= now => format!("{} (expired)", day(end)),
                Some(end) => day(end),
            };
            let roles: Vec<String> = token.grants.iter().map(place).collect();
            let roles = if roles.is_empty() {
                "oneself only".to_owned()
            } else {
                roles.join(", ")
            };
            [
                token.id.as_str().to_owned(),
                token.subject.to_string(),
                day(token.created_at),
                end,
                roles,
            ]
        })
        .collect();
    print(table(["ID", "HOLDER", "CREATED", "EXPIRES", "ROLES"], &rows));
    Ok(())
}

async fn revoke(storage: &Storage, id: String) -> Result<(), Failure> {
    let removed = storage.tokens.remove(&TokenId::from_text(id.clone())).await;
    match removed {
        Ok(true) => {
            note(format_args!("revoked the token {id}"));
            Ok(())
        }
        Ok(false) => Err(Failure::Failed(format!(
            "there is no token with the id {id}; `ringtrue token list` shows those there are"
        ))),
        Err(error) => Err(Failure::because("could not revoke the token", &error)),
    }
}

/// When something that lasts so long from now ends.
fn end(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, Failure> {
    let usage = |problem: &dyn std::fmt::Display| Failure::Usage(format!("--expires {problem}"));
    let lasts = parse_duration(text).map_err(|error| usage(&error))?;
    if lasts.is_zero() {
        return Err(usage(&"is longer than nothing"));
    }
    time::Duration::try_from(lasts)
        .ok()
        .and_then(|lasts| now.checked_add(lasts))
        .filter(|end| end.year() <= 9_999)
        .ok_or_else(|| usage(&"is too far away; leave it out for a token that never ends"))
}

fn place(grant: &Grant) -> String {
    match grant.organization() {
        Some(organization) => format!("{} in {organization}", grant.role().as_str()),
        None => grant.role().as_str().to_owned(),
    }
}

/// An instant for people, to the second.
pub(super) fn day(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    #[test]
    fn an_end_is_reckoned_from_now() {
        assert_eq!(end("90d", NOON).unwrap(), datetime!(2026-04-01 12:00 UTC));
        for text in ["0s", "90", "soon", "9999999d"] {
            assert!(matches!(end(text, NOON), Err(Failure::Usage(_))), "{text}");
        }
    }
}
