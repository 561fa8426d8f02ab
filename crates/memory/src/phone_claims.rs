use std::collections::BTreeMap;

use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{AlignOutcome, CONTESTED_LEN_MAX, PhoneClaims, StoreError},
    user::{Claim, ClaimKind, PhoneUniqueness},
};

use crate::storage::{Contents, MemoryStorage};

#[async_trait]
impl PhoneClaims for MemoryStorage {
    async fn align(&self, rule: PhoneUniqueness) -> Result<AlignOutcome, StoreError> {
        let mut contents = self.lock();
        let wanted = contents.wanted_by(rule);
        let mut contested: Vec<UserId> = wanted
            .values()
            .filter(|users| users.len() > 1)
            .flatten()
            .cloned()
            .collect();
        if !contested.is_empty() {
            contested.sort();
            contested.truncate(CONTESTED_LEN_MAX);
            return Ok(AlignOutcome::Contested { users: contested });
        }
        let (mut taken, mut released) = (0, 0);
        contents.claims.retain(|claim, holder| {
            let stays = claim.kind != ClaimKind::VerifiedPhone
                || wanted.get(claim).is_some_and(|users| users.contains(holder));
            released += u64::from(!stays);
            stays
        });
        for (claim, users) in wanted {
            for user in users {
                taken += u64::from(contents.claims.insert(claim.clone(), user).is_none());
            }
        }
        Ok(AlignOutcome::Aligned { taken, released })
    }
}

impl Contents {
    /// The claims on numbers that the rule asks for, and who is to hold each.
    fn wanted_by(&self, rule: PhoneUniqueness) -> BTreeMap<Claim, Vec<UserId>> {
        let mut wanted: BTreeMap<Claim, Vec<UserId>> = BTreeMap::new();
        for (id, stored) in &self.users {
            for claim in stored.now.value.claims(rule) {
                if claim.kind == ClaimKind::VerifiedPhone {
                    wanted.entry(claim).or_default().push(id.clone());
                }
            }
        }
        wanted
    }
}
