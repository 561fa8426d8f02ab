//! A PostgreSQL for the tests: programs found or installed, a cluster started and removed.

mod cluster;
mod owner;
mod programs;

pub(crate) use cluster::Cluster;
pub(crate) use programs::Programs;
