//! [`Directory`](ringtrue_core::port::Directory): after each kind of change of a user.

use std::collections::BTreeSet;

use ringtrue_core::{
    CodeId, CommitId, EmailAddress, UserId,
    phone_number::PhoneNumber,
    port::{Commit, Storage, Versioned},
    search::{
        Case, Condition, LIMIT_MAX, Page, PhoneMatch, Relation, SortBy, TextField, TextMatch, UserSearch,
    },
    user::{ClaimChanges, Event, IssuedCode, PhoneUniqueness, Profile, Standing, User, evolve},
};
use time::Duration;

use super::{stored, write};
use crate::{
    builders::{NOON, added, creation, next, unique_bytes, user_id},
    searches::first_hundred,
};

/// How many sorts of events there are.
const KINDS: usize = 17;

/// Numbers the sorts of events: one that is new has to be told here, and is then missed in [`life`].
const fn kind(event: &Event) -> usize {
    match event {
        Event::UserAdded { .. } => 0,
        Event::UsernameChanged { .. } => 1,
        Event::ProfileChanged { .. } => 2,
        Event::EmailChanged { .. } => 3,
        Event::EmailVerified => 4,
        Event::EmailCodeIssued { .. } => 5,
        Event::EmailVerificationFailed { .. } => 6,
        Event::PhoneChanged { .. } => 7,
        Event::CodeIssued { .. } => 8,
        Event::PhoneVerified => 9,
        Event::VerificationFailed { .. } => 10,
        Event::PhoneRemoved => 11,
        Event::UserLocked => 12,
        Event::UserUnlocked => 13,
        Event::UserDeactivated => 14,
        Event::UserReactivated => 15,
        Event::UserRemoved => 16,
    }
}

const NAMES: [&str; 2] = ["mia", "zoe"];
const NUMBERS: [&str; 3] = ["+41791234567", "+41791234568", "+14155552671"];

/// What happens to a user, commit by commit; `who` keeps what must be unique apart.
fn life(who: &str) -> Vec<Vec<Event>> {
    let name = |nth: usize| format!("{} {who}", NAMES[nth]);
    let address = |nth: usize| EmailAddress::parse(&format!("{}.{who}@example.com", NAMES[nth])).unwrap();
    let number = |nth: usize| PhoneNumber::from_stored(NUMBERS[nth].to_owned());
    let code = || IssuedCode {
        id: CodeId::from_bytes(unique_bytes()),
        expires_at: NOON + Duration::minutes(10),
        digest: None,
    };
    let profile = |given: usize, family: usize, nick: Option<usize>, display: usize| Profile {
        given_name: name(given),
        family_name: name(family),
        nick_name: nick.map(name),
        display_name: name(display),
        preferred_language: None,
        gender: None,
    };
    let profile_changed = |profile| Event::ProfileChanged { profile };
    let returning = Event::UserAdded {
        organization: ringtrue_core::OrgId::from_stored("another".to_owned()),
        username: name(1),
        profile: profile(1, 1, Some(1), 1),
        email: address(1),
        phone: Some(number(2)),
        created_at: NOON + Duration::HOUR,
    };
    let one = |event: Event| vec![event];
    vec![
        one(added(who, NOON)),
        one(Event::PhoneChanged { phone: number(0) }),
        one(Event::CodeIssued {
            code: code(),
            returned: false,
        }),
        one(Event::VerificationFailed { lock: None }),
        one(Event::PhoneVerified),
        one(Event::PhoneChanged { phone: number(1) }),
        one(Event::PhoneRemoved),
        one(Event::UsernameChanged { username: name(0) }),
        one(Event::UsernameChanged { username: name(1) }),
        one(profile_changed(profile(0, 0, None, 0))),
        one(profile_changed(profile(1, 0, None, 0))),
        one(profile_changed(profile(1, 1, None, 0))),
        one(profile_changed(profile(1, 1, Some(0), 0))),
        one(profile_changed(profile(1, 1, None, 1))),
        one(Event::EmailChanged { email: address(0) }),
        one(Event::EmailCodeIssued { code: code() }),
        one(Event::EmailVerificationFailed { lock: None }),
        one(Event::EmailVerified),
        one(Event::EmailChanged { email: address(1) }),
        one(Event::UserLocked),
        one(Event::UserUnlocked),
        one(Event::UserDeactivated),
        one(Event::UserReactivated),
        // All that an update can do at once.
        vec![
            Event::UsernameChanged { username: name(0) },
            profile_changed(profile(0, 0, Some(1), 1)),
            Event::EmailChanged { email: address(0) },
            Event::EmailVerified,
            Event::PhoneChanged { phone: number(1) },
            Event::PhoneVerified,
        ],
        // An event that changes what the user is found by behind one that does not, and before.
        vec![Event::PhoneRemoved, Event::UsernameChanged { username: name(1) }],
        vec![
            Event::EmailChanged { email: address(1) },
            Event::PhoneChanged { phone: number(0) },
        ],
        one(Event::UserRemoved),
        one(returning),
        one(Event::UserLocked),
        one(Event::UserRemoved),
    ]
}

/// The commit that follows `before` with these events, or the user's first, as the use cases would write it.
fn commit_of(before: Option<&Commit>, id: &UserId, events: Vec<Event>) -> Commit {
    let base = match before {
        None => creation(id.as_str()),
        Some(before) => next(before, events[0].clone()),
    };
    let was = before.map_or(User::Absent, |before| before.after.clone());
    let after = events.iter().fold(was.clone(), evolve);
    let ClaimChanges { take, release } = ClaimChanges::between(&was, &after, PhoneUniqueness::Off);
    Commit {
        id: CommitId::from_bytes(unique_bytes()),
        take,
        release,
        supersedes: was.live_code().is_some() && was.live_code() != after.live_code(),
        erases: after == User::Removed,
        events,
        after,
        ..base
    }
}

/// What users are searched and sorted by, over all that these users ever are.
fn searches(ids: &[UserId]) -> Vec<UserSearch> {
    let mut searches = Vec::new();
    let mut add = |condition: Condition, sort_by: SortBy| {
        searches.push(UserSearch {
            sort_by,
            limit: LIMIT_MAX,
            ..first_hundred(condition)
        });
    };
    add(Condition::everybody(), SortBy::Id);
    add(Condition::everybody(), SortBy::Standing);
    add(Condition::everybody(), SortBy::CreatedAt);
    for field in TextField::ALL {
        add(Condition::everybody(), SortBy::Text(field));
        for text in NAMES.into_iter().chain(["ada"]) {
            // Letter by letter: that takes the text and its fold.
            let starts = TextMatch {
                relation: Relation::StartsWith,
                case: Case::Matters,
                text: text.to_owned(),
            };
            add(Condition::Text(field, starts), SortBy::Id);
        }
    }
    for number in NUMBERS {
        for (relation, text) in [
            (Relation::Equals, number),
            (Relation::EndsWith, &number[number.len() - 4..]),
        ] {
            let text = text.to_owned();
            add(Condition::Phone(PhoneMatch { relation, text }), SortBy::Id);
        }
    }
    for standing in [Standing::Active, Standing::Inactive, Standing::Locked] {
        add(Condition::Standing(standing), SortBy::Id);
    }
    for organization in [crate::builders::ORGANIZATION, "another"] {
        let id = ringtrue_core::OrgId::from_stored(organization.to_owned());
        add(Condition::Organization(id), SortBy::Id);
    }
    let addresses = |nth: usize| {
        ids.iter()
            .map(|id| format!("{}.{id}@example.com", NAMES[nth]))
            .collect()
    };
    add(Condition::Emails(addresses(0)), SortBy::Id);
    add(Condition::Emails(addresses(1)), SortBy::Id);
    searches
}

/// Three users live through the same, not at the same time: a batch has now one kind of change in it, now two or three.
pub async fn whatever_changes_is_found_as_it_is_now_and_not_as_it_was(storage: &Storage) {
    let ids = ["ada1", "ada2", "ada3"].map(user_id);
    let lives = ids.each_ref().map(|id| life(id.as_str()));
    let begins = [0, 9, 14];
    let searches = searches(&ids);
    let mut latest: [Option<Commit>; 3] = [None, None, None];
    let mut missed: BTreeSet<usize> = (0..KINDS).collect();
    for round in 0..begins[2] + lives[2].len() {
        let mut batch = Vec::new();
        for (who, id) in ids.iter().enumerate() {
            let step = round
                .checked_sub(begins[who])
                .and_then(|step| lives[who].get(step));
            if let Some(events) = step {
                for event in events {
                    missed.remove(&kind(event));
                }
                let commit = commit_of(latest[who].as_ref(), id, events.clone());
                latest[who] = Some(commit.clone());
                batch.push(commit);
            }
        }
        write(storage, &batch).await;
        let now: Vec<(&UserId, Versioned<User>)> = latest
            .iter()
            .flatten()
            .map(|commit| (&commit.user, stored(commit)))
            .collect();
        for search in &searches {
            let meant = Page::select(now.iter().map(|(id, now)| (*id, now)), search);
            let given = storage.directory.search(search).await.unwrap();
            let kinds: Vec<_> = batch
                .iter()
                .flat_map(|commit| &commit.events)
                .map(Event::kind)
                .collect();
            assert_eq!(given, meant, "after {kinds:?}, by {search:?}");
        }
    }
    assert!(missed.is_empty(), "no user lives through events {missed:?}");
}
