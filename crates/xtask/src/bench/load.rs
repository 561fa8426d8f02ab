//! The load generator: as many connections as asked for, on one thread.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use hdrhistogram::Histogram;
use rustix::thread::set_current_timer_slack;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::grpc::Grpc;
use super::job::{Answer, Job};
use super::rest::Rest;

/// The protocol of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON over HTTP/1.1.
    Rest,
    /// gRPC over HTTP/2.
    Grpc,
}

/// Where a load goes: its connections are shared out evenly.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The servers.
    pub(crate) addresses: Vec<SocketAddr>,
    /// What every call carries.
    pub(crate) token: String,
    /// How they are spoken to.
    pub(crate) protocol: Protocol,
    /// How many connections there are in all.
    pub(crate) connections: usize,
}

impl Target {
    /// Where the connection of this number goes.
    fn address(&self, nth: usize) -> SocketAddr {
        self.addresses[nth % self.addresses.len()]
    }
}

/// What came of a load.
pub(crate) struct Load {
    /// How many calls succeeded.
    pub(crate) done: u32,
    /// From the first call to the end of the last.
    pub(crate) elapsed: Duration,
    /// How long each took, in microseconds: in an open loop from when it should have left.
    pub(crate) latency: Histogram<u64>,
    /// The codes that came back, by user.
    pub(crate) codes: Vec<(u32, String)>,
}

impl Load {
    /// Calls per second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.done) / self.elapsed.as_secs_f64()
    }
}

/// How long an open loop goes on without any answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Gives the next call; none ends the load.
type Source = Box<dyn FnMut() -> Option<Job> + Send>;

enum Connection {
    Rest(Rest),
    Grpc(Grpc),
}

impl Connection {
    async fn open(target: &Target, nth: usize) -> Result<Self> {
        let address = target.address(nth);
        Ok(match target.protocol {
            Protocol::Rest => Self::Rest(Rest::connect(address, &target.token).await?),
            Protocol::Grpc => Self::Grpc(Grpc::connect(address, &target.token).await?),
        })
    }

    async fn call(&mut self, job: &Job) -> Result<Answer> {
        match self {
            Self::Rest(rest) => rest.call(job).await,
            Self::Grpc(grpc) => grpc.call(job).await,
        }
    }
}

/// What one connection has counted.
#[derive(Default)]
struct Count {
    done: u32,
    failed: u32,
    micros: Vec<u64>,
    codes: Vec<(u32, String)>,
}

impl Count {
    fn note(&mut self, job: &Job, answer: Answer, due: Instant) {
        self.micros
            .push(u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX));
        if answer.is_ok {
            self.done += 1;
        } else {
            self.failed += 1;
        }
        self.codes.extend(answer.code.map(|code| (job.user(), code)));
    }
}

/// A closed loop: each connection makes its next call when it has the answer to the last.
pub(crate) fn closed_loop(runtime: &Runtime, target: &Target, source: Source) -> Result<Load> {
    let shared = Arc::new(Mutex::new(source));
    closed_loops(runtime, target, |_| {
        let shared = shared.clone();
        Box::new(move || (shared.lock().unwrap_or_else(PoisonError::into_inner))())
    })
}

/// A closed loop in which each connection has calls of its own, by its number.
pub(crate) fn closed_loops(
    runtime: &Runtime,
    target: &Target,
    source: impl Fn(usize) -> Source,
) -> Result<Load> {
    runtime.block_on(async {
        let connections = open(target).await?;
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for (nth, mut connection) in connections.into_iter().enumerate() {
            let mut next = source(nth);
            tasks.spawn(async move {
                let mut count = Count::default();
                while let Some(job) = next() {
                    let due = Instant::now();
                    let answer = connection.call(&job).await?;
                    count.note(&job, answer, due);
                }
                anyhow::Ok(count)
            });
        }
        sum(tasks, begun).await
    })
}

/// An open loop over REST: calls are due at a steady rate, whatever becomes of those before, and their time runs from then on,
/// so that a server that stalls cannot hide it.
pub(crate) fn open_loop(
    runtime: &Runtime,
    target: &Target,
    per_second: u32,
    mut source: Source,
) -> Result<Load> {
    let (give_back, idle) = std::sync::mpsc::channel::<Rest>();
    let (sender, mut sent) = mpsc::unbounded_channel::<(Rest, Job, Instant)>();
    runtime.block_on(async {
        for nth in 0..target.connections {
            give_back.send(Rest::connect(target.address(nth), &target.token).await?)?;
        }
        let begun = Instant::now();
        // A thread of its own, which also sends: the runtime's timer knows only whole milliseconds, and to wake another thread
        // for it would count as the server's time.
        let schedule = thread::spawn(move || -> Result<()> {
            // The kernel lets a thread sleep longer by 50 us, for company.
            set_current_timer_slack(NonZeroU64::new(1)).context("could not set the timer's slack")?;
            let mut due = begun;
            while let Some(job) = source() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "to wait for its time is what a schedule does"
                )]
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let connection = idle.recv_timeout(ANSWER_MAX);
                let mut connection = connection.context("all connections wait for an answer")?;
                connection.send(&job)?;
                sender.send((connection, job, due))?;
                due += Duration::from_secs(1) / per_second;
            }
            Ok(())
        });
        let mut tasks = JoinSet::new();
        while let Some((mut connection, job, due)) = sent.recv().await {
            let give_back = give_back.clone();
            tasks.spawn(async move {
                let mut count = Count::default();
                count.note(&job, connection.answer().await?, due);
                // The schedule may be over, and nobody waits for a connection any more.
                let _ = give_back.send(connection);
                Ok(count)
            });
        }
        let load = sum(tasks, begun).await?;
        let scheduled = schedule.join();
        scheduled.map_err(|_| anyhow!("the schedule panicked"))??;
        Ok(load)
    })
}

async fn open(target: &Target) -> Result<Vec<Connection>> {
    let mut connections = Vec::new();
    for nth in 0..target.connections {
        connections.push(Connection::open(target, nth).await?);
    }
    Ok(connections)
}

async fn sum(mut tasks: JoinSet<Result<Count>>, begun: Instant) -> Result<Load> {
    let mut load = Load {
        done: 0,
        elapsed: Duration::ZERO,
        latency: Histogram::new(3).context("could not make a histogram")?,
        codes: Vec::new(),
    };
    let mut failed = 0;
    while let Some(count) = tasks.join_next().await {
        let count = count.context("a connection's task ended")??;
        load.done += count.done;
        failed += count.failed;
        load.codes.extend(count.codes);
        for micros in count.micros {
            load.latency.record(micros).context("could not count a latency")?;
        }
    }
    load.elapsed = begun.elapsed();
    // A call that is refused costs less than one that is not: few of them may be among those counted.
    ensure!(
        load.done > 0 && failed <= load.done / 1_000,
        "{failed} calls failed and {} succeeded",
        load.done
    );
    Ok(load)
}

/// Sets of phones of users picked at random, until the time is over; no number is twice the same in a row.
pub(crate) fn sets(users: u32, duration: Duration) -> Source {
    let mut draws = Draws::new();
    let end = Instant::now() + duration;
    Box::new(move || (Instant::now() < end).then(|| draws.set(users, false)))
}

/// So many sets.
pub(crate) fn sets_of_number(users: u32, count: u32) -> Source {
    let mut draws = Draws::new();
    let mut left = 0..count;
    Box::new(move || left.next().map(|_| draws.set(users, false)))
}

/// Sets that return the code, once for each of the users `from..to`.
pub(crate) fn returning_sets(from: u32, to: u32) -> Source {
    let mut draws = Draws::new();
    let mut users = from..to;
    Box::new(move || {
        let user = users.next()?;
        Some(Job::Set {
            user,
            digits: draws.digits(),
            returns: true,
        })
    })
}

/// Verifications of these users with these codes.
pub(crate) fn verifications(codes: Vec<(u32, String)>) -> Source {
    let mut codes = codes.into_iter();
    Box::new(move || {
        let (user, code) = codes.next()?;
        Some(Job::Verify { user, code })
    })
}

/// Creations of the users 1 to `users`.
pub(crate) fn creations(users: u32) -> Source {
    let mut users = 1..=users;
    Box::new(move || Some(Job::Create { user: users.next()? }))
}

/// One life after another, until the time is over: a user is created, read, renamed, locked and deleted. The users are
/// `first` and those that follow.
pub(crate) fn lives(first: u32, duration: Duration) -> Source {
    let end = Instant::now() + duration;
    let mut jobs = (first..).flat_map(|user| {
        [
            Job::Create { user },
            Job::Get { user },
            Job::Rename { user },
            Job::Lock { user },
            Job::Delete { user },
        ]
    });
    Box::new(move || jobs.next().filter(|_| Instant::now() < end))
}

/// Cheap random numbers; two generators draw different ones.
struct Draws(u64);

impl Draws {
    fn new() -> Self {
        use std::hash::{BuildHasher as _, RandomState};
        Self(RandomState::new().hash_one(0) | 1)
    }

    /// Xorshift.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A user's number of 1 to `users`.
    fn user(&mut self, users: u32) -> u32 {
        u32::try_from(self.next() % u64::from(users.max(1))).unwrap_or_default() + 1
    }

    /// Seven digits of which the first is not zero.
    fn digits(&mut self) -> u32 {
        1_000_000 + u32::try_from(self.next() % 9_000_000).unwrap_or_default()
    }

    fn set(&mut self, users: u32, returns: bool) -> Job {
        Job::Set {
            user: self.user(users),
            digits: self.digits(),
            returns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_numbers_stay_in_their_ranges() {
        let mut draws = Draws::new();
        for _ in 0..10_000 {
            assert!((1..=7).contains(&draws.user(7)));
            assert!((1_000_000..10_000_000).contains(&draws.digits()));
        }
    }

    #[test]
    fn a_source_ends() {
        assert_eq!(std::iter::from_fn(sets_of_number(10, 3)).count(), 3);
        assert_eq!(std::iter::from_fn(sets(10, Duration::ZERO)).count(), 0);
        let users: Vec<u32> = std::iter::from_fn(returning_sets(4, 7))
            .map(|job| job.user())
            .collect();
        assert_eq!(users, [4, 5, 6]);
    }
}
