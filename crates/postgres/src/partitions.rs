//! Partitions by time: settled messages lie by the week in which they were settled, events by the month in which they were
//! recorded, and both go as a whole.
//!
//! The name of a partition says until when it reaches: `settled_messages_until_2026_12_07` holds what was settled before that
//! day, and after the day that is in the name before. What finds no partition lies in the default one.

use ringtrue_core::port::StoreError;
use sqlx::{AssertSqlSafe, PgConnection, PgTransaction};
use time::{
    Date, Duration, OffsetDateTime, Time, UtcOffset, format_description::BorrowedFormatItem,
    macros::format_description,
};

use crate::{Postgres, error::store_error};

/// How a name ends.
const UNTIL: &[BorrowedFormatItem<'_>] = format_description!("[year]_[month]_[day]");

/// What need not be kept any longer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Over {
    /// Messages that were settled at this instant or earlier; none: messages are kept.
    pub messages: Option<OffsetDateTime>,
    /// Events that were recorded at this instant or earlier; none: events are kept.
    pub events: Option<OffsetDateTime>,
}

/// What has come of [`Postgres::keep_partitions`], by the partitions' names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PartitionChanges {
    /// Those that were made.
    pub made: Vec<String>,
    /// Those that were dropped, with all that was in them.
    pub dropped: Vec<String>,
}

impl Postgres {
    /// Makes the partitions that the weeks after `now` need, and drops those in which everything is over.
    ///
    /// Whoever calls this once an hour never sees the default partitions used. Any number of instances may: one does it, and
    /// the others leave it to that one. Each step is a transaction of its own, so that what fails leaves the steps before it
    /// done; it is [`StoreError::Overloaded`] if somebody reads or writes a table for so long that waiting would hold up calls.
    pub async fn keep_partitions(
        &self,
        now: OffsetDateTime,
        over: Over,
    ) -> Result<PartitionChanges, StoreError> {
        let mut changes = PartitionChanges::default();
        for (series, before) in [(&MESSAGES, over.messages), (&EVENTS, over.events)] {
            let mut earliest = series.span.begin(now);
            while let Some(step) = self.step(series, earliest, now, before).await? {
                match step {
                    Step::Made(name) => changes.made.push(name),
                    Step::Dropped(name) => changes.dropped.push(name),
                    Step::Occupied(until) => earliest = until,
                }
            }
        }
        Ok(changes)
    }

    /// Does the next thing that is to be done; none if there is nothing, or another instance is at it.
    async fn step(
        &self,
        series: &Series,
        earliest: Date,
        now: OffsetDateTime,
        before: Option<OffsetDateTime>,
    ) -> Result<Option<Step>, StoreError> {
        let mut transaction = self.pool.begin().await.map_err(store_error)?;
        let existing = if hold(&mut transaction).await.map_err(store_error)? {
            Some(series.existing(&mut transaction).await.map_err(store_error)?)
        } else {
            None
        };
        let due = existing.and_then(|existing| series.due(&existing, earliest, now, before));
        let done = match due {
            Some(Due::Drop(until)) => series.drop(transaction, until).await.map(Some),
            Some(Due::Make(from)) => series.make(transaction, from).await.map(Some),
            // At once, so that nobody finds it at work who comes next.
            None => transaction.rollback().await.map(|()| None),
        };
        done.map_err(store_error)
    }
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    /// Dropping the partition that reaches until this day.
    Drop(Date),
    /// Making the one that begins on this day.
    Make(Date),
}

/// What was done.
enum Step {
    Made(String),
    Dropped(String),
    /// The default partition holds something of the new one's, which therefore could not be made: the next begins there.
    Occupied(Date),
}

/// Has the transaction be the only one that changes partitions; tells whether it is.
async fn hold(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let (held, ..): (bool, String, String) = sqlx::query_as(include_str!("sql/partitions_hold.sql"))
        .fetch_one(connection)
        .await?;
    Ok(held)
}

/// The partitions of a table.
struct Series {
    table: &'static str,
    span: Span,
    /// The key within each partition.
    key: &'static str,
    /// How far ahead they are made.
    ahead: Duration,
}

const MESSAGES: Series = Series {
    table: "settled_messages",
    span: Span::Week,
    key: "user_id, message_id",
    ahead: Duration::days(14),
};

const EVENTS: Series = Series {
    table: "user_events",
    span: Span::Month,
    key: "user_id, sequence",
    ahead: Duration::days(45),
};

/// Until when the last partition reaches that may hold an event which was recorded at this instant or earlier.
pub(crate) fn events_until(instant: OffsetDateTime) -> OffsetDateTime {
    midnight(EVENTS.span.end(EVENTS.span.begin(instant)))
}

impl Series {
    fn name(&self, until: Date) -> String {
        let (year, month, day) = until.to_calendar_date();
        format!("{}_until_{year:04}_{:02}_{day:02}", self.table, u8::from(month))
    }

    /// What is to be done next where there are these partitions, the first one first.
    fn due(
        &self,
        existing: &[Date],
        earliest: Date,
        now: OffsetDateTime,
        before: Option<OffsetDateTime>,
    ) -> Option<Due> {
        // What is made below is not over yet, whatever is asked for.
        let is_over = |until: &&Date| before.is_some_and(|before| midnight(**until) <= before.min(now));
        if let Some(until) = existing.iter().find(is_over) {
            return Some(Due::Drop(*until));
        }
        let from = existing.last().copied().unwrap_or(earliest).max(earliest);
        (midnight(from) < now + self.ahead).then_some(Due::Make(from))
    }

    /// Until when each partition reaches, the first one first.
    async fn existing(&self, connection: &mut PgConnection) -> Result<Vec<Date>, sqlx::Error> {
        let names: Vec<String> = sqlx::query_scalar(include_str!("sql/partitions_existing.sql"))
            .bind(self.table)
            .fetch_all(connection)
            .await?;
        let until = |name: &String| {
            let until = name.strip_prefix(self.table)?.strip_prefix("_until_")?;
            Date::parse(until, UNTIL).ok()
        };
        let mut existing: Vec<Date> = names.iter().filter_map(until).collect();
        existing.sort_unstable();
        Ok(existing)
    }

    /// Makes the partition that begins on a day. It is attached when it is ready, so that calls go on meanwhile.
    async fn make(&self, mut transaction: PgTransaction<'_>, from: Date) -> Result<Step, sqlx::Error> {
        let Self { table, key, .. } = self;
        let until = self.span.end(from);
        let name = self.name(until);
        let sql = format!(
            "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY ({key}));
             ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{from} UTC') TO ('{until} UTC')"
        );
        let made = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await;
        match made {
            Ok(_) => transaction.commit().await.map(|()| Step::Made(name)),
            Err(sqlx::Error::Database(error)) if error.is_check_violation() => {
                transaction.rollback().await.map(|()| Step::Occupied(until))
            }
            Err(error) => Err(error),
        }
    }

    async fn drop(&self, mut transaction: PgTransaction<'_>, until: Date) -> Result<Step, sqlx::Error> {
        let name = self.name(until);
        let sql = AssertSqlSafe(format!("DROP TABLE {name}"));
        sqlx::raw_sql(sql).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Step::Dropped(name))
    }
}

/// How long a partition reaches, in UTC.
#[derive(Clone, Copy)]
enum Span {
    /// From a Monday to the next.
    Week,
    Month,
}

impl Span {
    /// The day on which the one begins that this instant is in.
    fn begin(self, instant: OffsetDateTime) -> Date {
        let day = instant.to_offset(UtcOffset::UTC).date();
        let passed = match self {
            Self::Week => day.weekday().number_days_from_monday(),
            Self::Month => day.day() - 1,
        };
        day.saturating_sub(Duration::days(passed.into()))
    }

    /// The day on which the next one begins.
    fn end(self, begin: Date) -> Date {
        let days = match self {
            Self::Week => 7,
            Self::Month => begin.month().length(begin.year()),
        };
        begin.saturating_add(Duration::days(days.into()))
    }
}

fn midnight(day: Date) -> OffsetDateTime {
    OffsetDateTime::new_utc(day, Time::MIDNIGHT)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn weeks_begin_on_mondays_and_months_on_their_first_whatever_the_offset() {
        for (span, instant, begin, end) in [
            (
                Span::Week,
                datetime!(2026-11-30 0:00 UTC),
                date!(2026 - 11 - 30),
                date!(2026 - 12 - 07),
            ),
            (
                Span::Week,
                datetime!(2026-11-30 0:30 +1),
                date!(2026 - 11 - 23),
                date!(2026 - 11 - 30),
            ),
            (
                Span::Week,
                datetime!(2027-01-03 23:59 UTC),
                date!(2026 - 12 - 28),
                date!(2027 - 01 - 04),
            ),
            (
                Span::Month,
                datetime!(2026-12-31 23:59 UTC),
                date!(2026 - 12 - 01),
                date!(2027 - 01 - 01),
            ),
            (
                Span::Month,
                datetime!(2028-02-29 12:00 UTC),
                date!(2028 - 02 - 01),
                date!(2028 - 03 - 01),
            ),
            (
                Span::Month,
                datetime!(2026-03-01 0:30 +1),
                date!(2026 - 02 - 01),
                date!(2026 - 03 - 01),
            ),
        ] {
            assert_eq!(span.begin(instant), begin, "{instant}");
            assert_eq!(span.end(begin), end, "{instant}");
        }
    }

    #[test]
    fn what_is_over_is_dropped_first_and_then_partitions_are_made_ahead_without_a_gap() {
        let (monday, now) = (date!(2026 - 11 - 30), datetime!(2026-12-02 12:00 UTC));
        let due = |existing: &[Date], before| MESSAGES.due(existing, monday, now, before);
        assert_eq!(due(&[], None), Some(Due::Make(monday)));
        assert_eq!(
            due(&[date!(2026 - 12 - 07)], None),
            Some(Due::Make(date!(2026 - 12 - 07)))
        );
        assert_eq!(due(&[date!(2026 - 12 - 21)], None), None);
        // After a rest of months it begins anew with this week.
        assert_eq!(due(&[date!(2026 - 08 - 10)], None), Some(Due::Make(monday)));
        let old = [date!(2026 - 11 - 23), date!(2026 - 12 - 21)];
        let midnight = datetime!(2026-11-23 0:00 UTC);
        assert_eq!(due(&old, Some(midnight)), Some(Due::Drop(date!(2026 - 11 - 23))));
        assert_eq!(due(&old, Some(midnight - Duration::MICROSECOND)), None);
        // What has not ended is never over.
        assert_eq!(due(&old[1..], Some(now + Duration::weeks(9))), None);
    }

    #[test]
    fn what_is_old_is_looked_for_to_the_end_of_the_month() {
        assert_eq!(
            events_until(datetime!(2026-12-01 0:00 UTC)),
            datetime!(2027-01-01 0:00 UTC)
        );
        assert_eq!(
            events_until(datetime!(2026-11-30 23:59 UTC)),
            datetime!(2026-12-01 0:00 UTC)
        );
    }
}
