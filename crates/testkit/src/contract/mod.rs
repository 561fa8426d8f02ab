//! What every adapter of the storage ports promises, one function a promise.
//!
//! An adapter's `tests/contract.rs` names a way to open empty storage and gets one test for each promise:
//!
//! ```text
//! async fn open() -> (Storage, impl Drop) { … }
//! ringtrue_testkit::storage_contract!(open);
//! ```

#![expect(missing_docs, reason = "a promise's name is all there is to say about it")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a broken promise panics; that is how a test fails"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

pub mod directory;
pub mod directory_changes;
pub mod event_retention;
pub mod idempotency_store;
pub mod keyed_calls;
pub mod keyed_organizations;
pub mod organization_store;
pub mod outbox;
pub mod outbox_history;
pub mod phone_claims;
pub mod stories;
pub mod token_store;
pub mod use_cases;
pub mod user_erasure;
pub mod user_names;
pub mod user_races;
pub mod user_store;

use ringtrue_core::{
    UserId,
    port::{Commit, CommitOutcome, Storage, Versioned},
    user::User,
};

/// Writes commits that must all succeed.
async fn write(storage: &Storage, commits: &[Commit]) {
    let outcomes = storage.users.commit(commits).await.unwrap();
    assert_eq!(outcomes, vec![CommitOutcome::Committed; commits.len()]);
}

/// Writes one commit and tells what became of it.
async fn try_write(storage: &Storage, commit: &Commit) -> CommitOutcome {
    let mut outcomes = storage.users.commit(std::slice::from_ref(commit)).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

/// Loads one user.
async fn load(storage: &Storage, id: &UserId) -> Versioned<User> {
    let mut found = storage.users.load(std::slice::from_ref(id)).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// What is loaded after `commit`.
fn stored(commit: &Commit) -> Versioned<User> {
    Versioned {
        value: commit.after.clone(),
        sequence: commit.sequence(),
        changed_at: commit.at,
        last_commit: Some(commit.id),
    }
}

/// Makes one test for each promise of the storage ports.
///
/// `$open` names an async function without arguments that gives empty [`Storage`] and a guard, which is dropped when
/// the test is over. The caller depends on `tokio` with `macros` and `rt-multi-thread`. `tokens` before `$open` makes those of
/// the [`TokenStore`](ringtrue_core::port::TokenStore) alone, for one that wraps another; `forgetful` leaves those out that a
/// store cannot keep which has no memory of what it has settled, and `users` all but those about users and their messages.
#[macro_export]
macro_rules! storage_contract {
    ($open:path) => {
        $crate::storage_contract!(forgetful $open);
        $crate::storage_contract!(@suite $open, outbox_history, [
            what_was_settled_is_forgotten_once_it_is_old_and_no_more_than_the_limit,
        ]);
    };
    (forgetful $open:path) => {
        $crate::storage_contract!(users $open);
        $crate::storage_contract!(@suite $open, directory, [
            every_search_gives_the_page_that_its_meaning_says,
            what_is_acknowledged_is_found_and_what_is_gone_is_not,
            a_commit_that_is_not_written_changes_nothing_that_is_found,
            pages_follow_one_another_without_gap_or_overlap,
            the_largest_search_that_may_be_asked_is_answered,
            what_no_text_can_hold_is_found_nowhere,
        ]);
        $crate::storage_contract!(@suite $open, directory_changes, [
            whatever_changes_is_found_as_it_is_now_and_not_as_it_was,
        ]);
        $crate::storage_contract!(tokens $open);
        $crate::storage_contract!(@suite $open, organization_store, [
            an_organization_is_found_as_it_was_stored,
            an_organization_whose_id_is_taken_is_not_stored,
            organizations_are_listed_by_id,
            a_search_finds_organizations_whole_and_at_once,
            organizations_are_sorted_byte_by_byte_and_equals_by_id,
            a_page_of_organizations_is_a_part_and_the_count_is_of_all,
            organizations_are_found_by_id_and_by_name,
            of_many_racing_insertions_exactly_one_is_stored,
            an_organization_and_the_answer_of_its_call_are_stored_together,
            an_organization_whose_call_was_answered_is_not_stored,
            an_organization_whose_id_is_taken_keeps_no_answer,
            of_many_who_create_organizations_under_one_key_exactly_one_does,
            fresh_storage_is_healthy,
        ]);
        $crate::storage_contract!(@suite $open, phone_claims, [
            of_many_users_who_verify_one_number_at_once_exactly_one_does,
            whoever_loses_a_number_keeps_the_code_and_no_failure_is_counted,
            a_number_that_is_not_verified_stands_in_nobodys_way,
            a_number_is_free_again_once_changed_removed_or_deleted_with_its_user,
            with_organization_each_has_one_user_of_a_number,
            with_off_a_number_has_any_number_of_users,
            aligning_takes_what_the_rule_asks_for_and_releases_the_rest,
            aligning_is_refused_whole_where_users_share_a_verified_number,
            a_number_verified_under_one_rule_is_given_back_under_another,
            usernames_are_no_business_of_aligning,
        ]);
        $crate::storage_contract!(@suite $open, idempotency_store, [
            a_claimed_key_is_in_flight_for_others_who_learn_what_it_is_for,
            a_claim_that_ran_out_goes_to_the_next,
            a_claim_given_back_is_free_at_once_and_nobody_gives_back_anothers,
            an_answer_is_found_as_it_was_kept_until_it_expires,
            a_key_has_one_answer_and_another_only_after_that_has_expired,
            a_commit_keeps_the_answer_that_it_carries,
            a_commit_whose_key_has_an_answer_writes_nothing_and_leaves_its_neighbours_alone,
            a_key_that_two_neighbours_answer_goes_to_one,
            a_commit_that_conflicts_keeps_no_answer,
            of_many_who_claim_a_key_exactly_one_gets_it,
            of_many_who_answer_a_key_exactly_one_does,
        ]);
        $crate::storage_contract!(@suite $open, keyed_calls, [
            r_i2_a_call_made_again_is_answered_so_again_and_changes_nothing,
            r_i2_a_final_refusal_is_repeated,
            a_refusal_that_passes_with_time_is_not_kept,
            a_refusal_that_is_about_the_caller_is_not_kept,
            r_i2_a_refusal_that_is_recorded_is_recorded_once,
            r_i3_r_i4_a_key_in_use_is_in_flight_and_a_used_one_is_for_its_payload_alone,
            a_call_that_came_to_nothing_may_be_made_again_at_once,
            a_crash_after_the_commit_loses_neither_the_answer_nor_its_code,
            a_crash_before_the_commit_delays_the_call_by_no_more_than_the_lease,
            one_that_stalled_beyond_its_lease_gives_the_answer_of_who_took_over,
            one_that_stalled_is_answered_as_who_took_over_though_it_is_refused_by_now,
            one_that_stalled_is_not_given_the_answer_to_another_payload,
            one_that_finds_an_answer_which_has_expired_leaves_the_key_free,
            a_keyed_commit_whose_answer_was_lost_is_not_made_again,
            a_keyed_commit_that_was_not_written_is_made_when_it_is_asked_for_again,
            a_claim_that_fails_fails_the_call,
            a_refusal_that_was_kept_though_its_answer_was_lost_is_repeated,
            a_refusal_that_could_not_be_kept_is_forgotten,
            of_a_hundred_calls_under_one_key_one_takes_effect,
            of_a_hundred_calls_that_do_not_wait_for_each_other_one_takes_effect,
        ]);
        $crate::storage_contract!(@suite $open, keyed_organizations, [
            r_i2_an_organization_is_created_once_and_answered_so_again,
            r_i2_that_an_organization_exists_is_said_again_and_a_missing_permission_is_not,
            one_that_stalled_beyond_its_lease_gives_the_organization_of_who_took_over,
            an_organization_whose_answer_was_lost_is_created_once,
            of_a_hundred_who_create_an_organization_under_one_key_one_does,
        ]);
        $crate::storage_contract!(@suite $open, stories, [
            the_stored_state_equals_the_fold_of_the_stored_events,
            the_claims_on_numbers_are_always_what_the_rule_asks_for,
        ]);
        $crate::storage_contract!(@suite $open, use_cases, [
            a_message_is_not_sent_once_its_user_is_locked_or_deactivated,
            a_change_by_a_clock_that_is_ahead_makes_no_code_live_longer,
            a_users_token_is_refused_while_the_user_is_locked_or_inactive,
            of_two_hundred_right_codes_at_once_exactly_one_succeeds,
            of_two_hundred_wrong_codes_at_once_exactly_the_limit_is_recorded,
            of_many_numbers_at_once_every_success_is_in_the_history,
            a_commit_whose_answer_was_lost_succeeds_if_it_was_written,
            a_commit_whose_answer_was_lost_fails_if_it_was_not_written,
        ]);
    };
    (users $open:path) => {
        $crate::storage_contract!(@suite $open, user_store, [
            a_user_never_seen_is_absent_at_sequence_zero,
            users_come_in_the_order_asked_for_even_twice,
            nothing_asked_for_is_nothing_loaded_and_nothing_committed,
            a_commit_is_seen_by_the_next_load,
            a_stale_commit_conflicts_and_leaves_its_neighbours_alone,
            a_commit_that_runs_ahead_conflicts,
            a_user_who_is_there_is_not_created_again,
            a_conflict_writes_no_event_and_queues_no_message,
            outcomes_stand_in_the_order_of_the_commits,
            events_are_kept_in_order_with_editor_and_instant,
            instants_are_kept_to_the_microsecond,
            ids_and_names_of_any_script_are_kept_as_they_are,
            ids_that_differ_in_case_or_composition_are_different_users,
            a_large_batch_is_one_like_any_other,
            a_value_that_cannot_be_stored_is_refused_whole_or_stored_whole,
        ]);
        $crate::storage_contract!(@suite $open, user_names, [
            a_name_held_by_another_is_claimed_and_nothing_is_written,
            a_held_name_leaves_the_neighbours_alone,
            a_name_that_two_neighbours_want_goes_to_one,
            a_stale_commit_for_a_held_name_conflicts,
            releasing_a_name_frees_it_in_the_same_commit,
            a_name_released_and_taken_in_one_commit_stays,
            nobody_releases_the_name_of_another,
        ]);
        $crate::storage_contract!(@suite $open, user_erasure, [
            deleting_erases_events_messages_and_tokens,
            deleting_leaves_everybody_else_alone,
            a_deleted_user_keeps_the_sequence_and_can_come_back,
        ]);
        $crate::storage_contract!(@suite $open, event_retention, [
            what_happened_before_is_forgotten_and_what_users_are_stays,
            each_look_goes_on_behind_the_last_one,
        ]);
        $crate::storage_contract!(@suite $open, user_races, [
            of_many_racing_commits_exactly_one_wins_each_sequence,
            of_many_racing_batches_every_win_is_in_the_history_once,
            of_many_who_race_for_a_name_exactly_one_gets_it,
            of_many_who_race_to_create_a_user_exactly_one_does,
        ]);
        $crate::storage_contract!(@suite $open, outbox, [
            a_message_is_claimed_as_it_was_queued,
            what_expires_first_is_claimed_first_and_no_more_than_the_limit,
            a_claimed_message_is_not_claimed_again_while_its_lease_lasts,
            a_lease_that_ran_out_is_claimed_again_with_a_higher_attempt,
            a_settled_message_is_never_claimed_again,
            a_failed_message_is_settled_too,
            a_lost_lease_settles_nothing,
            a_lease_that_ran_out_still_settles_while_nobody_else_has_claimed,
            a_message_settles_once,
            settlements_are_answered_in_order_and_each_by_itself,
            settling_and_claiming_at_once_is_settling_and_then_claiming,
            an_expired_message_is_never_claimed_and_is_erased,
            no_more_expire_at_once_than_the_limit_and_the_soonest_do,
            expiry_takes_the_lease_away,
            what_is_not_settled_is_never_forgotten,
            superseding_erases_the_sealed_copy,
            superseding_spares_the_new_message_and_everybody_else,
            each_message_goes_to_one_claimer,
            each_message_settles_once_however_many_try,
        ]);
    };
    (tokens $open:path) => {
        $crate::storage_contract!(@suite $open, token_store, [
            a_token_is_found_by_its_hash_as_it_was_stored,
            a_token_without_roles_or_end_is_kept_too,
            an_expired_token_is_found_for_the_caller_to_judge,
            a_token_whose_id_or_hash_is_taken_is_not_stored,
            tokens_are_listed_oldest_first,
            a_removed_token_is_gone_at_once,
        ]);
    };
    (@suite $open:path, $suite:ident, [$($promise:ident),* $(,)?]) => {
        mod $suite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $promise() {
                    let (storage, guard) = $open().await;
                    $crate::contract::$suite::$promise(&storage).await;
                    drop(storage);
                    drop(guard);
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_promise_is_tested() {
        let listed = include_str!("mod.rs");
        let suites = [
            include_str!("directory.rs"),
            include_str!("directory_changes.rs"),
            include_str!("event_retention.rs"),
            include_str!("idempotency_store.rs"),
            include_str!("keyed_calls.rs"),
            include_str!("keyed_organizations.rs"),
            include_str!("organization_store.rs"),
            include_str!("outbox.rs"),
            include_str!("outbox_history.rs"),
            include_str!("phone_claims.rs"),
            include_str!("stories.rs"),
            include_str!("token_store.rs"),
            include_str!("use_cases.rs"),
            include_str!("user_erasure.rs"),
            include_str!("user_names.rs"),
            include_str!("user_races.rs"),
            include_str!("user_store.rs"),
        ];
        let promised = suites
            .iter()
            .flat_map(|suite| suite.lines())
            .filter_map(|line| line.strip_prefix("pub async fn "))
            .filter_map(|rest| rest.split_once('('));
        let mut count = 0;
        for (promise, _) in promised {
            assert!(
                listed.contains(&format!("            {promise},\n")),
                "{promise} is not listed"
            );
            count += 1;
        }
        assert!(count > 50, "only {count} promises found");
    }
}
