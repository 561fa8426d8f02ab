//! `cargo xtask deps`: which crate may use which of ours, and what some must never use.
//!
//! cargo-deny says who may use a foreign crate; it cannot say which of our crates may use each other, nor forbid a
//! crate to a few users only. Tests may use more: the test kit, the crates in memory, the decorators of stores and
//! an executor.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::console::{say, step};
use crate::{process, workspace};

/// What a crate may use of ours, and what it must not use from outside.
struct Rule {
    package: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static str],
}

/// Databases, web frameworks and clients: what a rule about the domain has no business with.
const FRAMEWORKS: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "tonic",
    "reqwest",
    "hyper",
    "tower",
    "tower-http",
];
const WEB: &[&str] = &["axum", "tonic", "reqwest", "hyper", "tower", "tower-http"];
const CORE: &[&str] = &["ringtrue-core"];

const RULES: &[Rule] = &[
    Rule {
        package: "ringtrue-core",
        ours: &[],
        never: FRAMEWORKS,
    },
    Rule {
        package: "ringtrue-memory",
        ours: CORE,
        never: FRAMEWORKS,
    },
    Rule {
        package: "ringtrue-group-commit",
        ours: CORE,
        never: &["sqlx", "axum", "tonic", "reqwest"],
    },
    Rule {
        package: "ringtrue-token-cache",
        ours: CORE,
        never: &["sqlx", "axum", "tonic", "reqwest"],
    },
    Rule {
        package: "ringtrue-delivery",
        ours: CORE,
        never: &["sqlx", "axum", "tonic", "reqwest"],
    },
    Rule {
        package: "ringtrue-postgres",
        ours: CORE,
        never: WEB,
    },
    Rule {
        package: "ringtrue-sqlite",
        ours: CORE,
        never: WEB,
    },
    Rule {
        package: "ringtrue-outbound",
        ours: &[],
        never: &["sqlx", "axum", "tonic"],
    },
    Rule {
        package: "ringtrue-sms",
        ours: &["ringtrue-core", "ringtrue-outbound"],
        never: &["sqlx", "axum", "tonic"],
    },
    Rule {
        package: "ringtrue-oidc",
        ours: &["ringtrue-core", "ringtrue-outbound"],
        never: &["sqlx", "axum", "tonic"],
    },
    Rule {
        package: "ringtrue-proto",
        ours: &[],
        never: &["sqlx", "axum", "reqwest", "tokio"],
    },
    Rule {
        package: "ringtrue-api",
        ours: &["ringtrue-core", "ringtrue-proto"],
        never: &["sqlx", "reqwest"],
    },
    Rule {
        package: "ringtrue-testkit",
        ours: &["ringtrue-core", "ringtrue-memory"],
        never: &["sqlx", "reqwest"],
    },
    Rule {
        package: "ringtrue-server",
        ours: &[
            "ringtrue-core",
            "ringtrue-memory",
            "ringtrue-postgres",
            "ringtrue-sqlite",
            "ringtrue-group-commit",
            "ringtrue-token-cache",
            "ringtrue-sms",
            "ringtrue-oidc",
            "ringtrue-delivery",
            "ringtrue-proto",
            "ringtrue-api",
        ],
        never: &["sqlx", "reqwest"],
    },
    Rule {
        package: "ringtrue-fuzz-bodies",
        ours: &[
            "ringtrue-core",
            "ringtrue-memory",
            "ringtrue-oidc",
            "ringtrue-proto",
            "ringtrue-api",
        ],
        never: &["sqlx", "axum", "tonic", "reqwest"],
    },
    Rule {
        package: "xtask",
        ours: &[],
        // The load generator has a runtime and speaks to the server byte by byte.
        never: &["sqlx", "axum", "tonic", "reqwest", "hyper", "tower", "tower-http"],
    },
];

/// Ours that any crate's tests may use.
const OURS_IN_TESTS: &[&str] = &[
    "ringtrue-testkit",
    "ringtrue-memory",
    // They wrap any store, and keep its promises over each: an adapter's tests show it.
    "ringtrue-group-commit",
    "ringtrue-token-cache",
    "ringtrue-core",
];

/// Checks every crate of the workspace.
pub(crate) fn run() -> Result<()> {
    let mut metadata = Command::new("cargo");
    metadata
        .args(["metadata", "--format-version=1", "--no-deps", "--quiet"])
        .current_dir(workspace::root());
    let metadata = process::run_quietly(&mut metadata).context("could not ask cargo for the crates")?;
    let metadata: Value = serde_json::from_str(&metadata).context("could not read cargo's metadata")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo's metadata names no packages")?;
    ensure!(!packages.is_empty(), "cargo's metadata names no packages");
    let violations: Vec<String> = packages.iter().flat_map(violations).collect();
    if violations.is_empty() {
        step(format_args!(
            "{} crates keep to the rules on dependencies",
            packages.len()
        ));
        return Ok(());
    }
    violations.iter().for_each(say);
    bail!(
        "{} dependencies break the rules of crates/xtask/src/deps.rs",
        violations.len()
    )
}

/// What a package does against its rule.
fn violations(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some(rule) = RULES.iter().find(|rule| rule.package == name) else {
        return vec![format!("{name} has no rule yet: say what it may use")];
    };
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    dependencies
        .filter_map(|dependency| rule.violation(dependency))
        .collect()
}

impl Rule {
    fn violation(&self, dependency: &Value) -> Option<String> {
        let used = dependency["name"].as_str().unwrap_or_default();
        let in_tests = dependency["kind"] == "dev";
        let ours = dependency["path"].is_string();
        if ours && !self.ours.contains(&used) && !(in_tests && OURS_IN_TESTS.contains(&used)) {
            return Some(format!("{} may not use our {used}", self.package));
        }
        let forbidden = !in_tests && self.never.contains(&used);
        forbidden.then(|| format!("{} must never use {used}", self.package))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn using(package: &str, name: &str, kind: &Value, path: &Value) -> Vec<String> {
        violations(
            &json!({ "name": package, "dependencies": [{ "name": name, "kind": kind, "path": path }] }),
        )
    }

    #[test]
    fn the_domain_uses_no_runtime_outside_its_tests() {
        assert_eq!(
            using("ringtrue-core", "tokio", &Value::Null, &Value::Null),
            ["ringtrue-core must never use tokio"]
        );
        assert!(using("ringtrue-core", "tokio", &json!("dev"), &Value::Null).is_empty());
    }

    #[test]
    fn a_frontend_uses_no_adapter_even_in_its_tests() {
        for kind in [Value::Null, json!("dev")] {
            assert_eq!(
                using("ringtrue-api", "ringtrue-sqlite", &kind, &json!("crates/sqlite")),
                ["ringtrue-api may not use our ringtrue-sqlite"]
            );
        }
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        let path = json!("crates/testkit");
        assert!(using("ringtrue-sqlite", "ringtrue-testkit", &json!("dev"), &path).is_empty());
        assert_eq!(
            using("ringtrue-sqlite", "ringtrue-testkit", &Value::Null, &path).len(),
            1
        );
    }

    #[test]
    fn a_crate_without_a_rule_is_refused() {
        assert_eq!(
            violations(&json!({ "name": "newcomer", "dependencies": [] })).len(),
            1
        );
    }
}
