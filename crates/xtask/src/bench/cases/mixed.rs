//! Creating, reading, renaming, locking and deleting users over 600 connections, beside what the peer has published of the
//! same.

use anyhow::Result;

use super::{Bench, rest};
use crate::bench::load::{Target, closed_loops, lives};
use crate::bench::statistics::{Finding, Goal, Series};

const CONNECTIONS: usize = 600;
/// Beyond everybody who is in the database already.
const FIRST_USER: u32 = 20_000_000;
/// More than a connection gets through in a round.
const USERS_PER_CONNECTION: u32 = 10_000;
/// ZITADEL v4's published `manipulate_user`: 600 virtual users, 2 to 7 containers of 6 cores and a database of 8.
const PUBLISHED_PER_SECOND: f64 = 77.7;

pub(super) fn run(bench: &Bench) -> Result<Vec<Finding>> {
    let world = bench.world()?;
    let server = bench.server(world)?;
    let target = Target {
        connections: CONNECTIONS,
        ..rest(&[server.address], world.token())
    };
    let measure = |round: u32| {
        let first = |nth: usize| {
            // Each round brings users of its own: the last lives of a round are cut off.
            let place = u32::try_from(nth).unwrap_or_default() + round * 1_000;
            FIRST_USER + place * USERS_PER_CONNECTION
        };
        closed_loops(&bench.runtime, &target, |nth| {
            lives(first(nth), bench.sizes.duration())
        })
    };
    measure(0)?;
    let mut rate = Series::new("REST", "/s");
    let mut p95 = Series::new("REST, p95", "ms");
    for round in 1..=bench.sizes.rounds {
        let load = measure(round)?;
        rate.rounds.push(load.rate());
        let micros = u32::try_from(load.latency.value_at_quantile(0.95)).unwrap_or(u32::MAX);
        p95.rounds.push(f64::from(micros) / 1_000.0);
    }
    world.settle()?;
    let mut peer = Series::new("ZITADEL v4, published", "/s");
    peer.rounds.push(PUBLISHED_PER_SECOND);
    Ok(vec![
        Finding {
            case: "mixed".to_owned(),
            ours: rate,
            other: Some(peer),
            goal: Goal::AtLeast(3_000.0),
        },
        Finding {
            case: "mixed, p95".to_owned(),
            ours: p95,
            other: None,
            goal: Goal::AtMost(500.0),
        },
    ])
}
