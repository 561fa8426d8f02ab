//! Counting what `cargo test` reports.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::targets::Targets;

/// Results by crate.
pub(super) struct Tally {
    targets: Targets,
    package: String,
    /// Whether the program that was announced last has reported nothing yet.
    awaited: bool,
    /// The packages of programs that another was announced after, and that had reported nothing by then.
    silent: Vec<String>,
    counts: BTreeMap<String, Counts>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Tally {
    pub(super) fn new(targets: Targets) -> Self {
        Self {
            targets,
            package: "unknown".to_owned(),
            awaited: false,
            silent: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Reads a line of cargo's or of a test program's.
    pub(super) fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some(package) = self.announced(line) {
            let previous = std::mem::replace(&mut self.package, package);
            if std::mem::replace(&mut self.awaited, true) {
                self.silent.push(previous);
            }
        } else if let Some(counts) = line.strip_prefix("test result: ").and_then(parse_counts) {
            let total = self.counts.entry(self.package.clone()).or_default();
            *total = total.plus(counts);
            // Documentation may report more than once.
            self.awaited = false;
        }
    }

    /// How many tests failed.
    pub(super) fn failed(&self) -> usize {
        self.total().failed
    }

    fn total(&self) -> Counts {
        self.counts
            .values()
            .fold(Counts::default(), |total, counts| total.plus(*counts))
    }

    /// The packages of programs that reported nothing, if the output ends here.
    fn without_result(&self) -> Vec<&str> {
        let last = self.awaited.then_some(&self.package);
        self.silent.iter().chain(last).map(String::as_str).collect()
    }

    /// The crate whose tests come next, where the line says so.
    fn announced(&self, line: &str) -> Option<String> {
        if let Some(library) = line.strip_prefix("Doc-tests ") {
            return Some(library.replace('_', "-"));
        }
        let program = line
            .strip_prefix("Running ")?
            .strip_suffix(')')?
            .rsplit_once('(')?
            .1;
        self.targets.package(program).map(str::to_owned)
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>8}{:>8}{:>9}", "crate", "passed", "failed", "ignored")?;
        for (
            package,
            Counts {
                passed,
                failed,
                ignored,
            },
        ) in &self.counts
        {
            writeln!(f, "{package:<24}{passed:>8}{failed:>8}{ignored:>9}")?;
        }
        let Counts { passed, failed, .. } = self.total();
        write!(f, "\n{passed} passed, {failed} failed")?;
        let packages = self.without_result();
        let programs = match packages.len() {
            0 => return Ok(()),
            1 => "1 program".to_owned(),
            count => format!("{count} programs"),
        };
        write!(
            f,
            ", and {programs} ended without a result: {}",
            packages.join(", ")
        )
    }
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }
}

/// Reads `ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
fn parse_counts(line: &str) -> Option<Counts> {
    let (_verdict, numbers) = line.split_once(". ")?;
    let number = |what: &str| {
        numbers
            .split("; ")
            .find_map(|part| part.strip_suffix(what))
            .and_then(|number| number.trim().parse().ok())
    };
    Some(Counts {
        passed: number("passed")?,
        failed: number("failed")?,
        ignored: number("ignored")?,
    })
}

/// The line as a terminal without colours shows it.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_colour, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut targets = Targets::default();
        targets.read(
            r#"{"executable":"/t/debug/deps/races-1a","package_id":"path+file:///r#ringtrue-sqlite@0.1.0"}"#,
        );
        targets.read(r#"{"executable":"/t/debug/deps/races-2b","package_id":"path+file:///r#ringtrue-postgres@0.1.0"}"#);
        let mut tally = Tally::new(targets);
        for line in lines {
            tally.read(line);
        }
        tally
    }

    #[test]
    fn tests_of_the_same_name_count_for_their_own_crates() {
        let tally = tally(&[
            "     Running tests/races.rs (target/debug/deps/races-1a)",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "     Running tests/races.rs (target/debug/deps/races-2b)",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "   Doc-tests ringtrue_sqlite",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ]);
        assert_eq!(
            tally.counts["ringtrue-sqlite"],
            Counts {
                passed: 6,
                failed: 0,
                ignored: 1
            }
        );
        assert_eq!(
            tally.counts["ringtrue-postgres"],
            Counts {
                passed: 3,
                failed: 2,
                ignored: 0
            }
        );
        assert_eq!(tally.failed(), 2);
        assert!(tally.to_string().ends_with("\n9 passed, 2 failed"));
    }

    #[test]
    fn a_program_that_reports_nothing_is_named() {
        let first = "     Running tests/races.rs (target/debug/deps/races-1a)";
        let second = "     Running tests/races.rs (target/debug/deps/races-2b)";
        let result =
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let says = |lines: &[&str], end: &str| {
            let said = tally(lines).to_string();
            assert!(said.ends_with(end), "{said}");
        };
        let of_sqlite = ", and 1 program ended without a result: ringtrue-sqlite";
        says(
            &[first, second, result],
            &format!("\n5 passed, 0 failed{of_sqlite}"),
        );
        says(
            &[second, result, first],
            &format!("\n5 passed, 0 failed{of_sqlite}"),
        );
        says(&[first], &format!("\n0 passed, 0 failed{of_sqlite}"));
        says(
            &[first, second],
            "\n0 passed, 0 failed, and 2 programs ended without a result: ringtrue-sqlite, ringtrue-postgres",
        );
        says(&[], "\n0 passed, 0 failed");
    }

    #[test]
    fn documentation_may_report_more_than_once() {
        let result =
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let tally = tally(&["   Doc-tests ringtrue_sqlite", result, result]);
        assert!(tally.to_string().ends_with("\n2 passed, 0 failed"), "{tally}");
    }

    #[test]
    fn colours_do_not_hide_a_result() {
        let tally = tally(&[
            "\x1b[1m\x1b[32m     Running\x1b[0m unittests src/lib.rs (target/debug/deps/races-1a)",
            "test result: \x1b[32mok\x1b[0m. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ]);
        assert_eq!(tally.counts["ringtrue-sqlite"].passed, 2);
    }

    #[test]
    fn what_a_test_prints_is_not_taken_for_a_result() {
        let tally = tally(&[
            "the test result: ok. 9 passed; 0 failed; 0 ignored",
            "test result: unclear",
        ]);
        assert_eq!(tally.total(), Counts::default());
    }
}
