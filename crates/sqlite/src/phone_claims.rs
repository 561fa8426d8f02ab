use async_trait::async_trait;
use ringtrue_core::{
    UserId,
    port::{AlignOutcome, CONTESTED_LEN_MAX, PhoneClaims, StoreError},
    user::{ClaimKind, PhoneUniqueness},
};
use sqlx::SqlitePool;

use crate::error::{rejected, store_error};

/// Aligns the claims on verified numbers in SQLite.
#[derive(Debug, Clone)]
pub(crate) struct SqlitePhoneClaims {
    writer: SqlitePool,
}

impl SqlitePhoneClaims {
    pub(crate) const fn new(writer: SqlitePool) -> Self {
        Self { writer }
    }
}

#[async_trait]
impl PhoneClaims for SqlitePhoneClaims {
    async fn align(&self, rule: PhoneUniqueness) -> Result<AlignOutcome, StoreError> {
        let kind = ClaimKind::VerifiedPhone.as_str();
        let mut transaction = self
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)?;
        let contested: Vec<String> = sqlx::query_scalar(include_str!("sql/phone_claims_contested.sql"))
            .bind(rule.as_str())
            .bind(i64::try_from(CONTESTED_LEN_MAX).map_err(rejected)?)
            .fetch_all(&mut *transaction)
            .await
            .map_err(store_error)?;
        if !contested.is_empty() {
            let users = contested.into_iter().map(UserId::from_stored).collect();
            return Ok(AlignOutcome::Contested { users });
        }
        let mut rows = [0, 0];
        let statements = [
            include_str!("sql/phone_claims_release.sql"),
            include_str!("sql/phone_claims_take.sql"),
        ];
        for (rows, statement) in rows.iter_mut().zip(statements) {
            let done = sqlx::query(statement)
                .bind(rule.as_str())
                .bind(kind)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            *rows = done.rows_affected();
        }
        transaction.commit().await.map_err(store_error)?;
        let [released, taken] = rows;
        Ok(AlignOutcome::Aligned { taken, released })
    }
}
