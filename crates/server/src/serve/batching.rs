use std::sync::Arc;

use ringtrue_core::port::{Storage, UserStore};
use ringtrue_group_commit::{Batching, GroupCommit, Options};

use crate::{
    config::{StorageConfig, StorageUrl},
    failure::Failure,
};

/// The users' store, whose callers share its calls. To be closed before the database is.
pub(super) type Batched = Arc<GroupCommit<dyn UserStore>>;

/// Storage in which users are read and written together, as far as that is configured.
pub(super) fn over(storage: Storage, config: &StorageConfig) -> Result<(Storage, Option<Batched>), Failure> {
    let options = options(config);
    if options.commits.is_none() && options.loads.is_none() {
        return Ok((storage, None));
    }
    let batched = GroupCommit::new(Arc::clone(&storage.users), options)
        .map_err(|error| Failure::because("could not batch the calls of the database", &error))?;
    let batched = Arc::new(batched);
    let storage = Storage {
        users: batched.clone(),
        ..storage
    };
    Ok((storage, Some(batched)))
}

/// What measured best (`docs/adr/006-callers-share-commits.md`).
fn options(config: &StorageConfig) -> Options {
    let slots = match config.url {
        // There is nothing to share: no round trip, no disk.
        StorageUrl::Memory => return Options::default(),
        // One writes at a time in any case.
        StorageUrl::Sqlite(_) => 1,
        StorageUrl::Postgres(_) => 2,
    };
    let batching = Batching {
        slots,
        ..Batching::default()
    };
    Options {
        commits: config.commits_batched.then_some(batching),
        loads: config.loads_batched.then_some(batching),
        at_once: config.batches_at_once,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use ringtrue_memory::MemoryStorage;

    use super::*;

    fn storage(url: StorageUrl, commits_batched: bool, loads_batched: bool) -> StorageConfig {
        StorageConfig {
            url,
            connections_max: 1,
            commits_batched,
            loads_batched,
            batches_at_once: None,
            events_retention: None,
        }
    }

    #[test]
    fn each_switch_batches_its_own_kind() {
        for (commits, loads) in [(true, true), (true, false), (false, true), (false, false)] {
            let options = options(&storage(StorageUrl::Sqlite("x".into()), commits, loads));
            assert_eq!(
                (options.commits.is_some(), options.loads.is_some()),
                (commits, loads)
            );
        }
    }

    #[test]
    fn as_many_batches_are_on_their_way_at_once_as_is_said() {
        let mut config = storage(StorageUrl::Postgres("postgres://x".into()), true, true);
        assert_eq!(options(&config).at_once, None);
        config.batches_at_once = NonZeroUsize::new(1);
        assert_eq!(options(&config).at_once, NonZeroUsize::new(1));
    }

    #[test]
    fn memory_and_what_is_not_to_be_batched_stay_as_they_are() {
        for config in [
            storage(StorageUrl::Memory, true, true),
            storage(StorageUrl::Sqlite("x".into()), false, false),
        ] {
            let before = MemoryStorage::new().storage();
            let (after, batched) = over(before.clone(), &config).unwrap();
            assert!(batched.is_none() && Arc::ptr_eq(&before.users, &after.users));
        }
    }

    #[test]
    fn what_is_batched_is_there_to_be_closed() {
        let config = storage(StorageUrl::Sqlite("x".into()), true, false);
        let (after, batched) = over(MemoryStorage::new().storage(), &config).unwrap();
        let batched: Arc<dyn UserStore> = batched.unwrap();
        assert!(Arc::ptr_eq(&batched, &after.users));
    }
}
