//! The two kinds of calls that are batched.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, StoreError, UserStore, Versioned},
    user::User,
};

/// A kind of call: a list of items that is answered with a list of the same length, or fails as a whole.
#[async_trait]
pub(crate) trait Work: Send + Sync + 'static {
    type Item: Clone + Send + Sync + 'static;
    type Answer: Send + 'static;

    /// What no two calls of a batch may have in common.
    fn alone_for(item: &Self::Item) -> Option<&UserId>;

    /// Asks the store.
    async fn ask(&self, items: &[Self::Item]) -> Result<Vec<Self::Answer>, StoreError>;
}

/// Commits, of which a batch holds one for a user at most.
pub(crate) struct Commits<S: ?Sized>(pub(crate) Arc<S>);

#[async_trait]
impl<S: UserStore + ?Sized> Work for Commits<S> {
    type Item = Commit;
    type Answer = CommitOutcome;

    fn alone_for(commit: &Commit) -> Option<&UserId> {
        Some(&commit.user)
    }

    async fn ask(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        self.0.commit(commits).await
    }
}

/// Loads, in which an id that several ask for is asked for once.
///
/// Only ids that wait together are, never one that waits and one that is on its way: a load that begins after a commit was
/// acknowledged has to see it.
pub(crate) struct Loads<S: ?Sized>(pub(crate) Arc<S>);

#[async_trait]
impl<S: UserStore + ?Sized> Work for Loads<S> {
    type Item = UserId;
    type Answer = Versioned<User>;

    fn alone_for(_: &UserId) -> Option<&UserId> {
        None
    }

    async fn ask(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        if users.len() == 1 {
            return self.0.load(users).await;
        }
        let mut places: HashMap<&UserId, usize> = HashMap::with_capacity(users.len());
        let mut distinct: Vec<UserId> = Vec::with_capacity(users.len());
        let mut place_of = Vec::with_capacity(users.len());
        for user in users {
            let place = *places.entry(user).or_insert_with(|| {
                distinct.push(user.clone());
                distinct.len() - 1
            });
            place_of.push(place);
        }
        if distinct.len() == users.len() {
            return self.0.load(users).await;
        }
        let found = self.0.load(&distinct).await?;
        let find = |place: usize| found.get(place).cloned();
        // A list that is too short is for whoever asked to notice, as it would be without this.
        Ok(place_of.into_iter().map_while(find).collect())
    }
}
