//! One table of cases, run by each of ZITADEL's official clients against the real binary.
//!
//! A case is data (`sdk/cases/*.json`): who calls what, and what the contract says comes back. A client is a small program
//! that makes one call after the other with its SDK, and knows nothing of the cases. `cargo xtask sdk` prints the table.

mod case;
mod client;
mod report;
mod run;
mod value;
mod world;

use crate::support::{Setup, postgres};

/// Fewer cases than this prove too little.
const CASES_MIN: usize = 150;

#[test]
fn every_case_names_its_place_in_the_contract_and_every_difference_is_documented() {
    let cases = case::all();
    assert!(cases.len() >= CASES_MIN, "only {} cases", cases.len());
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    let doubles: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(doubles.is_empty(), "names that are given twice: {doubles:?}");
    let documented = include_str!("../../../../docs/api.md");
    let documented = documented.split_whitespace().collect::<Vec<_>>().join(" ");
    for case in &cases {
        let promised = match case.contract.strip_prefix("api.md: ") {
            Some(words) => documented.contains(words),
            None => {
                case.contract.starts_with(|first: char| first.is_ascii_digit())
                    || case.contract.starts_with("R-")
            }
        };
        assert!(promised, "{}: nobody has promised {:?}", case.name, case.contract);
        if let Some(difference) = &case.differs {
            assert!(
                documented.contains(difference.as_str()),
                "docs/api.md does not say what {} differs in: {difference}",
                case.name
            );
        }
    }
}

#[test]
fn every_official_client_passes_every_case_on_sqlite() {
    report::of("SQLite", &run::everything(Setup::new));
}

#[test]
fn every_official_client_passes_every_case_on_postgres() {
    report::of("PostgreSQL", &run::everything(postgres::setup));
}
