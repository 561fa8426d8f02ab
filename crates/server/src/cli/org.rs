use std::{path::Path, sync::Arc};

use clap::Subcommand;
use ringtrue_core::{
    OrgId, Organization,
    port::{Clock as _, IdSource as _, InsertOutcome},
};

use super::block_on;
use crate::{
    config::Config,
    console::{note, print, table},
    database::Database,
    failure::Failure,
    system::{SystemClock, SystemIdSource},
};

/// Create and list organisations
#[derive(Debug, Subcommand)]
pub(super) enum Org {
    /// Create an organisation, which can own users
    ///
    /// Prints the id on standard output, alone on its line.
    #[command(after_help = "\
Examples:
  ringtrue org create --name Acme
  ORG=$(ringtrue org create --name Acme --id acme)")]
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// Its id; drawn if absent
        #[arg(long)]
        id: Option<String>,
    },
    /// List the organisations
    #[command(after_help = "\
Example:
  ringtrue org list")]
    List,
}

impl Org {
    pub(super) fn run(self, file: Option<&Path>) -> Result<(), Failure> {
        let config = Config::load(file)?;
        block_on(async {
            let database = Database::open_shared(&config).await?;
            let done = match self {
                Self::Create { name, id } => create(&database, &name, id.as_deref()).await,
                Self::List => list(&database).await,
            };
            database.close().await;
            done
        })
    }
}

async fn create(database: &Database, name: &str, id: Option<&str>) -> Result<(), Failure> {
    let clock = Arc::new(SystemClock);
    let name = Organization::parse_name(name).map_err(|error| Failure::Usage(format!("--name {error}")))?;
    let id = match id {
        Some(id) => OrgId::parse(id).map_err(|error| Failure::Usage(format!("--id: {error}")))?,
        None => SystemIdSource::new(clock.clone()).org_id(),
    };
    let organization = Organization {
        id,
        name,
        created_at: clock.now(),
    };
    match database.storage().organizations.insert(&organization).await {
        Ok(InsertOutcome::Inserted) => {
            note(format_args!("created the organisation {}", organization.name));
            print(&organization.id);
            Ok(())
        }
        Ok(InsertOutcome::Exists) => Err(Failure::Failed(format!(
            "there is an organisation with the id {} already",
            organization.id
        ))),
        Err(error) => Err(Failure::because("could not create the organisation", &error)),
    }
}

async fn list(database: &Database) -> Result<(), Failure> {
    let organizations = database
        .storage()
        .organizations
        .list()
        .await
        .map_err(|error| Failure::because("could not list the organisations", &error))?;
    let rows: Vec<_> = organizations
        .into_iter()
        .map(|found| {
            [
                found.id.to_string(),
                super::token::day(found.created_at),
                found.name,
            ]
        })
        .collect();
    print(table(["ID", "CREATED", "NAME"], &rows));
    Ok(())
}
