//! The table: cases × clients.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    client::{SDKS, Sdk},
    run::{Outcome, Table},
};

/// Prints the table, and fails if a case failed, or was skipped for a reason that `client.rs` does not name.
pub(crate) fn of(storage: &str, table: &Table) {
    let (printed, mut failures) = (print(storage, table), failures(table));
    failures.extend(stale(table));
    #[expect(clippy::print_stdout, reason = "`cargo xtask sdk` shows the table")]
    {
        println!("{printed}");
    }
    assert!(
        failures.is_empty(),
        "{}\nthe server said:\n{}",
        failures.join("\n"),
        table.log
    );
    for column in &table.columns {
        let passed = column
            .outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Passed);
        assert!(passed.count() > 0, "{} passes nothing", column.sdk.name);
    }
}

fn print(storage: &str, table: &Table) -> String {
    let mut text = format!("\nover {storage}:\n");
    for (number, column) in table.columns.iter().enumerate() {
        let (client, service) = (column.sdk.name, column.service.name());
        let _ = writeln!(text, "  {} {client}, {service}", letter(number));
    }
    let letters: String = (0..table.columns.len()).map(letter).collect();
    let _ = writeln!(text, "\n{letters}  case");
    for (number, case) in table.cases.iter().enumerate() {
        let marks: String = table
            .columns
            .iter()
            .map(|column| mark(&column.outcomes[number]))
            .collect();
        let differs = case
            .differs
            .as_ref()
            .map_or(String::new(), |row| format!(" [differs: {row}]"));
        let _ = writeln!(text, "{marks}  {} ({}){differs}", case.name, case.contract);
    }
    let _ = writeln!(
        text,
        "\n+ passed   ! failed   m the SDK lacks the method   u the SDK does not send this   . not of this version\n"
    );
    let head = [
        "cases",
        "passed",
        "failed",
        "no method",
        "unsendable",
        "other version",
    ];
    let _ = writeln!(
        text,
        "{:<40}{}",
        "client",
        head.map(|word| format!("{word:>14}")).concat()
    );
    for column in &table.columns {
        let mut counts = BTreeMap::new();
        for outcome in &column.outcomes {
            *counts.entry(mark(outcome)).or_insert(0_usize) += 1;
        }
        let of = |mark| counts.get(&mark).copied().unwrap_or_default();
        let numbers = [column.outcomes.len(), of('+'), of('!'), of('m'), of('u'), of('.')];
        let name = format!("{}, {}", column.sdk.name, column.service.name());
        let _ = writeln!(
            text,
            "{name:<40}{}",
            numbers.map(|number| format!("{number:>14}")).concat()
        );
    }
    for (reason, count) in reasons(table) {
        let _ = writeln!(text, "{count:>6} × {reason}");
    }
    text
}

/// Why cases were skipped.
fn reasons(table: &Table) -> BTreeMap<String, usize> {
    let mut reasons = BTreeMap::new();
    for column in &table.columns {
        for outcome in &column.outcomes {
            let reason = match outcome {
                Outcome::Lacking(method) => {
                    format!("{} has no {method} in {}", column.sdk.name, column.service.name())
                }
                Outcome::Unsendable(reason) => format!("{} does not send: {reason}", column.sdk.name),
                _ => continue,
            };
            *reasons.entry(reason).or_insert(0) += 1;
        }
    }
    reasons
}

/// What went wrong: a client skips only what is known of it.
fn failures(table: &Table) -> Vec<String> {
    let of = |column: &super::run::Column| {
        let (sdk, client, service) = (column.sdk, column.sdk.name, column.service.name());
        let cases = table.cases.iter().zip(&column.outcomes);
        cases
            .filter_map(|(case, outcome)| match outcome {
                Outcome::Failed(reason) => Some(format!("{client}, {service}: {}: {reason}", case.name)),
                Outcome::Lacking(method) if !sdk.lacks.contains(&method.as_str()) => {
                    Some(format!("{client}, {service}: {}: has no {method}", case.name))
                }
                Outcome::Unsendable(reason) if !sdk.refuses.contains(&reason.as_str()) => Some(format!(
                    "{client}, {service}: {}: does not send: {reason}",
                    case.name
                )),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    table.columns.iter().flat_map(of).collect()
}

/// What `client.rs` says that a client skips, and it does not.
fn stale(table: &Table) -> Vec<String> {
    let skips = |sdk: &Sdk, reason: &str| {
        let columns = table.columns.iter().filter(|column| column.sdk.name == sdk.name);
        columns
            .flat_map(|column| &column.outcomes)
            .any(|outcome| match outcome {
                Outcome::Lacking(found) | Outcome::Unsendable(found) => found == reason,
                _ => false,
            })
    };
    let claimed = SDKS.iter().flat_map(|sdk| {
        let reasons = sdk.lacks.iter().chain(sdk.refuses);
        reasons.map(move |reason| (sdk, *reason))
    });
    claimed
        .filter(|(sdk, reason)| !skips(sdk, reason))
        .map(|(sdk, reason)| format!("{} skips nothing because of: {reason}", sdk.name))
        .collect()
}

const fn mark(outcome: &Outcome) -> char {
    match outcome {
        Outcome::Passed => '+',
        Outcome::NotConcerned => '.',
        Outcome::Lacking(_) => 'm',
        Outcome::Unsendable(_) => 'u',
        Outcome::Failed(_) => '!',
    }
}

fn letter(number: usize) -> char {
    u8::try_from(number).map_or('?', |number| char::from(b'A' + number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::{case::Service, run::Column};

    #[test]
    fn what_is_skipped_and_not_listed_fails_and_so_does_what_is_listed_and_not_skipped() {
        let case = serde_json::json!([{"name": "a case", "contract": "1", "steps": []}]);
        let table = |sdk: usize, outcome: Outcome| Table {
            cases: serde_json::from_value(case.clone()).unwrap(),
            columns: vec![Column {
                sdk: SDKS[sdk],
                service: Service::V2,
                outcomes: vec![outcome],
            }],
            log: String::new(),
        };
        let (python, rust) = (0, 5);
        let lacking = || Outcome::Lacking("CreateUser".to_owned());
        assert_eq!(failures(&table(python, lacking())).len(), 1);
        assert_eq!(
            failures(&table(python, Outcome::Unsendable("no".to_owned()))).len(),
            1
        );
        assert_eq!(failures(&table(rust, lacking())), [""; 0]);
        let missed = stale(&table(rust, lacking())).join("\n");
        assert!(
            missed.contains("crate zitadel (gRPC) skips nothing because of: UpdateUser"),
            "{missed}"
        );
        assert!(!missed.contains("CreateUser"), "{missed}");
    }
}
