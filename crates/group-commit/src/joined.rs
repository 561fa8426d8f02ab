use tokio::sync::oneshot;

use crate::{
    answer::unavailable,
    queue::{Answers, Call},
    work::Work,
};

/// Calls that ask the store as one.
pub(crate) struct Joined<W: Work> {
    pub(crate) items: Vec<W::Item>,
    callers: Vec<Caller<W>>,
}

struct Caller<W: Work> {
    /// How many of the items are theirs.
    len: usize,
    reply: oneshot::Sender<Answers<W>>,
}

impl<W: Work> Joined<W> {
    pub(crate) fn of(calls: Vec<Call<W>>) -> Self {
        let mut joined = Self {
            items: Vec::new(),
            callers: Vec::with_capacity(calls.len()),
        };
        for mut call in calls {
            joined.callers.push(Caller {
                len: call.items.len(),
                reply: call.reply,
            });
            joined.items.append(&mut call.items);
        }
        joined
    }

    /// Whether these are the items of one caller.
    pub(crate) fn is_one_call(&self) -> bool {
        self.callers.len() == 1
    }

    /// One half of the callers and the other.
    pub(crate) fn halves(mut self) -> (Self, Self) {
        let callers = self.callers.split_off(self.callers.len() / 2);
        let len: usize = self.callers.iter().map(|caller| caller.len).sum();
        let items = self.items.split_off(len);
        (self, Self { items, callers })
    }

    /// Hands each caller what is theirs. Whoever does not listen any more does not mind.
    pub(crate) fn reply(self, answers: Answers<W>) {
        let callers = match <[Caller<W>; 1]>::try_from(self.callers) {
            Ok([caller]) => {
                let _ = caller.reply.send(answers);
                return;
            }
            Err(callers) => callers,
        };
        let asked = self.items.len();
        let answers = answers.and_then(|answers| match answers.len() {
            len if len == asked => Ok(answers),
            _ => Err(unavailable("the store did not answer everything it was asked")),
        });
        match answers {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for caller in callers {
                    let theirs = answers.by_ref().take(caller.len).collect();
                    let _ = caller.reply.send(Ok(theirs));
                }
            }
            Err(error) => {
                let copy = error.copies();
                for caller in callers {
                    let _ = caller.reply.send(Err(copy()));
                }
            }
        }
    }
}
