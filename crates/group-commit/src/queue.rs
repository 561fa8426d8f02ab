use std::collections::{HashSet, VecDeque};

use ringtrue_core::{UserId, port::StoreError};
use tokio::sync::oneshot;

use crate::work::Work;

/// What a call is answered with.
pub(crate) type Answers<W> = Result<Vec<<W as Work>::Answer>, StoreError>;

/// A call that waits. Its caller may have gone: what was asked is done all the same.
pub(crate) struct Call<W: Work> {
    pub(crate) items: Vec<W::Item>,
    pub(crate) reply: oneshot::Sender<Answers<W>>,
}

/// The calls that wait, first come, first served.
pub(crate) struct Queue<W: Work>(VecDeque<Call<W>>);

impl<W: Work> Queue<W> {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn push(&mut self, call: Call<W>) {
        self.0.push_back(call);
    }

    /// Tells every caller that nothing was tried.
    pub(crate) fn shed(self) {
        for call in self.0 {
            // Whoever does not listen any more does not mind.
            let _ = call.reply.send(Err(StoreError::Overloaded));
        }
    }

    /// Takes the next batch: calls in the order in which they came, until one does not fit, and that one is not overtaken.
    ///
    /// A call for a user whom the batch has already waits for a later one, and is overtaken by calls for others only. So
    /// the first call always leaves; and a call of one item, which finds `before` others of one item ahead of it and `same`
    /// of them for its user, leaves with batch `before / len_max + same + 1` at the latest: a batch that leaves it behind
    /// has either filled up with `len_max` of those before it, or has reached it and so taken the first of those for its
    /// user.
    pub(crate) fn next_batch(&mut self, len_max: usize) -> Vec<Call<W>> {
        if self.0.len() < 2 {
            return self.0.pop_front().into_iter().collect();
        }
        let (mut batch, mut passed_over) = (Vec::new(), Vec::new());
        let mut len = 0;
        // Those of the calls passed over too, or a third call would overtake the second.
        let mut users: HashSet<UserId> = HashSet::new();
        while let Some(call) = self.0.pop_front() {
            if !batch.is_empty() && len + call.items.len() > len_max {
                self.0.push_front(call);
                break;
            }
            let its_users = || call.items.iter().filter_map(W::alone_for);
            let meets = its_users().any(|user| users.contains(user));
            users.extend(its_users().cloned());
            if meets {
                passed_over.push(call);
            } else {
                len += call.items.len();
                batch.push(call);
            }
        }
        for call in passed_over.into_iter().rev() {
            self.0.push_front(call);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use proptest::{collection::vec, proptest};

    use super::*;

    /// Its items are users, and no two calls of a batch are for the same.
    struct Visits;

    #[async_trait]
    impl Work for Visits {
        type Item = UserId;
        type Answer = ();

        fn alone_for(user: &UserId) -> Option<&UserId> {
            Some(user)
        }

        async fn ask(&self, users: &[UserId]) -> Result<Vec<()>, StoreError> {
            Ok(vec![(); users.len()])
        }
    }

    fn queue(calls: &[Vec<u16>]) -> Queue<Visits> {
        let mut queue = Queue::new();
        for users in calls {
            let id = |user: &u16| UserId::from_stored(user.to_string());
            queue.push(Call {
                items: users.iter().map(id).collect(),
                reply: oneshot::channel().0,
            });
        }
        queue
    }

    /// The batches in which calls leave, each as the list of its calls' items.
    fn batches(calls: &[Vec<u16>], len_max: usize) -> Vec<Vec<Vec<u16>>> {
        let mut queue = queue(calls);
        let users = |call: Call<Visits>| {
            let users = call.items.iter().map(|user| user.as_str().parse().unwrap());
            users.collect()
        };
        std::iter::from_fn(|| {
            let batch = queue.next_batch(len_max);
            (!batch.is_empty()).then(|| batch.into_iter().map(users).collect())
        })
        .collect()
    }

    #[test]
    fn a_call_for_a_user_of_the_batch_waits_and_those_behind_it_do_not() {
        let calls = [vec![1], vec![1], vec![2], vec![1], vec![3]];
        let expected = [vec![vec![1], vec![2], vec![3]], vec![vec![1]], vec![vec![1]]];
        assert_eq!(batches(&calls, 9), expected);
    }

    #[test]
    fn a_call_that_meets_two_others_overtakes_neither() {
        let calls = [vec![1], vec![1, 2], vec![2]];
        assert_eq!(
            batches(&calls, 9),
            [vec![vec![1]], vec![vec![1, 2]], vec![vec![2]]]
        );
    }

    #[test]
    fn a_call_is_not_divided_and_one_that_does_not_fit_is_not_overtaken() {
        let calls = [vec![1], vec![2, 3, 4, 5], vec![6], vec![7, 8]];
        let expected = [vec![vec![1]], vec![vec![2, 3, 4, 5]], vec![vec![6], vec![7, 8]]];
        assert_eq!(batches(&calls, 3), expected);
    }

    proptest! {
        #[test]
        fn no_call_waits_for_more_batches_than_is_said(users in vec(0_u16..6, 0..60), len_max in 1_usize..9) {
            let calls: Vec<Vec<u16>> = users.iter().map(|user| vec![*user]).collect();
            let left = batches(&calls, len_max);
            // Which batch the next call of each user leaves with: the order for one user is the order of arrival.
            let mut left_with: Vec<VecDeque<usize>> = vec![VecDeque::new(); 6];
            for (nth, batch) in left.iter().enumerate() {
                assert!(batch.len() <= len_max);
                for call in batch {
                    let mine = &mut left_with[usize::from(call[0])];
                    assert_ne!(mine.back(), Some(&nth), "a user is in a batch twice");
                    mine.push_back(nth);
                }
            }
            for (before, user) in users.iter().enumerate() {
                let same = users[..before].iter().filter(|other| *other == user).count();
                let waited = left_with[usize::from(*user)].pop_front().unwrap();
                assert!(waited <= before / len_max + same);
            }
        }
    }
}
