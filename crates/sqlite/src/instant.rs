//! Instants as whole microseconds since the Unix epoch.

use ringtrue_core::port::StoreError;
use time::OffsetDateTime;

use crate::error::rejected;

/// Every instant that `time` knows, up to the year 9999, fits.
pub(crate) fn to_micros(at: OffsetDateTime) -> Result<i64, StoreError> {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).map_err(rejected)
}

pub(crate) fn from_micros(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).map_err(rejected)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_instant_comes_back_to_the_microsecond_on_both_sides_of_the_epoch() {
        for at in [
            datetime!(2026-02-28 23:59:59.999_999 UTC),
            datetime!(1969-12-31 23:59:59.000_001 UTC),
            datetime!(9999-12-31 23:59:59.999_999 UTC),
        ] {
            assert_eq!(from_micros(to_micros(at).unwrap()).unwrap(), at);
        }
    }
}
