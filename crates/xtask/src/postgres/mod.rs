//! A PostgreSQL for tests and benchmarks: programs found or installed, a cluster started and removed.

mod cluster;
mod owner;
mod programs;

pub(crate) use cluster::{Cluster, Durability};
pub(crate) use programs::Programs;
