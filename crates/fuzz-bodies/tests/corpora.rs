//! The corpora as tests: what was written by hand, and what fuzzing has found.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on, fails"
)]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Runs a target over its corpus.
fn holds(target: &str) {
    let found = ringtrue_fuzz_bodies::TARGETS
        .iter()
        .find(|(name, _)| *name == target);
    let (_, body) = found.expect("a target of this name");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut broken = Vec::new();
    let mut inputs = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        inputs += 1;
        if catch_unwind(AssertUnwindSafe(|| body(&input))).is_err() {
            broken.push(path);
        }
    }
    assert!(inputs > 0, "an empty corpus");
    assert!(broken.is_empty(), "broken by {broken:#?}");
}

#[test]
fn access_tokens_admit_their_holders_and_nobody_else() {
    holds("access_token");
}

#[test]
fn grpc_web_is_answered_in_frames_however_it_comes() {
    holds("grpc_web");
}

#[test]
fn idempotency_keys_are_what_the_standard_says_and_stay_untold() {
    holds("idempotency_key");
}

#[test]
fn json_reads_as_what_is_written() {
    holds("json_mapping");
}

#[test]
fn phone_numbers_read_as_themselves() {
    holds("phone_number");
}

#[test]
fn roles_are_given_to_whom_the_claims_name_them_and_nobody_else() {
    holds("role_claims");
}

#[test]
fn every_target_has_its_program_and_its_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (target, _) in ringtrue_fuzz_bodies::TARGETS {
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{target}.rs"))).unwrap();
        assert!(
            program.contains(&format!("ringtrue_fuzz_bodies::{target}(")),
            "{program}"
        );
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target} is not built"
        );
    }
    let corpora = fs::read_dir(fuzz.join("corpus")).unwrap().count();
    assert_eq!(corpora, ringtrue_fuzz_bodies::TARGETS.len());
}
