use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{AlignOutcome, CONTESTED_LEN_MAX, PhoneClaims, StoreError},
    user::{ClaimKind, PhoneUniqueness},
};
use sqlx::PgPool;

use crate::error::{rejected, store_error};

/// Aligns the claims on verified numbers in PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct PostgresPhoneClaims {
    pool: PgPool,
}

impl PostgresPhoneClaims {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl PhoneClaims for PostgresPhoneClaims {
    /// Users are locked against writing only if there is something to do, which one look without a lock tells.
    async fn align(&self, rule: PhoneUniqueness) -> Result<AlignOutcome, StoreError> {
        let kind = ClaimKind::VerifiedPhone.as_str();
        let mut transaction = self.pool.begin().await.map_err(store_error)?;
        sqlx::raw_sql(include_str!("sql/phone_claims_unlimited.sql"))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let astray: bool = sqlx::query_scalar(include_str!("sql/phone_claims_astray.sql"))
            .bind(rule.as_str())
            .bind(kind)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        if !astray {
            return Ok(AlignOutcome::Aligned {
                taken: 0,
                released: 0,
            });
        }
        sqlx::raw_sql(include_str!("sql/phone_claims_lock.sql"))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let (taken, released, contested): (i64, i64, Vec<String>) =
            sqlx::query_as(include_str!("sql/phone_claims_align.sql"))
                .bind(rule.as_str())
                .bind(kind)
                .bind(i64::try_from(CONTESTED_LEN_MAX).map_err(rejected)?)
                .fetch_one(&mut *transaction)
                .await
                .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        if !contested.is_empty() {
            let users = contested.into_iter().map(UserId::from_stored).collect();
            return Ok(AlignOutcome::Contested { users });
        }
        Ok(AlignOutcome::Aligned {
            taken: u64::try_from(taken).map_err(rejected)?,
            released: u64::try_from(released).map_err(rejected)?,
        })
    }
}
