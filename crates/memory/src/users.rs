use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    access::Subject,
    port::{Commit, CommitOutcome, RecordedEvent, StoreError, UserStore, Versioned},
    user::User,
};

use crate::storage::{Contents, MemoryStorage, StoredUser};

#[async_trait]
impl UserStore for MemoryStorage {
    async fn load(&self, users: &[UserId]) -> Result<Vec<Versioned<User>>, StoreError> {
        let contents = self.lock();
        let find = |id| {
            contents
                .users
                .get(id)
                .map_or_else(Versioned::initial, |stored| stored.now.clone())
        };
        Ok(users.iter().map(find).collect())
    }

    async fn commit(&self, commits: &[Commit]) -> Result<Vec<CommitOutcome>, StoreError> {
        let mut contents = self.lock();
        Ok(commits.iter().map(|commit| contents.commit(commit)).collect())
    }

    async fn history(&self, user: &UserId) -> Result<Vec<RecordedEvent>, StoreError> {
        Ok(self
            .lock()
            .users
            .get(user)
            .map(|stored| stored.history.clone())
            .unwrap_or_default())
    }
}

impl Contents {
    fn commit(&mut self, commit: &Commit) -> CommitOutcome {
        let latest = self
            .users
            .get(&commit.user)
            .map_or(0, |stored| stored.now.sequence);
        if latest != commit.expected {
            return CommitOutcome::Conflict;
        }
        let taken = |name| self.claims.get(name).is_some_and(|holder| *holder != commit.user);
        if let Some(name) = commit.take.iter().find(|name| taken(name)) {
            return CommitOutcome::Claimed(name.clone());
        }
        if let Some(reply) = &commit.reply
            && !self.answer(reply)
        {
            return CommitOutcome::Answered;
        }
        for name in &commit.release {
            if self.claims.get(name) == Some(&commit.user) {
                self.claims.remove(name);
            }
        }
        for name in &commit.take {
            self.claims.insert(name.clone(), commit.user.clone());
        }
        if commit.supersedes || commit.erases {
            self.outbox.remove_user(&commit.user);
        }
        if commit.erases {
            self.tokens
                .retain(|token| token.subject != Subject::User(commit.user.clone()));
        }
        if let Some(message) = &commit.message {
            self.outbox.push(message.clone());
        }
        self.record(commit);
        CommitOutcome::Committed
    }

    fn record(&mut self, commit: &Commit) {
        let stored = self
            .users
            .entry(commit.user.clone())
            .or_insert_with(|| StoredUser {
                now: Versioned::initial(),
                history: Vec::new(),
            });
        if commit.erases {
            stored.history.clear();
        }
        let numbered = (commit.expected + 1..).zip(&commit.events);
        stored
            .history
            .extend(numbered.map(|(sequence, event)| RecordedEvent {
                sequence,
                at: commit.at,
                editor: commit.editor.clone(),
                event: event.clone(),
            }));
        stored.now = Versioned {
            value: commit.after.clone(),
            sequence: commit.sequence(),
            changed_at: commit.at,
            last_commit: Some(commit.id),
        };
    }
}
