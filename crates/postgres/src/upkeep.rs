//! What is done to what earlier releases have left undone: at every start, until it was done once after the last replica of such a
//! release is gone, and then no more, so that a start takes no longer for many users than for few.

use sqlx::PgConnection;

use crate::{erasures, listing};

/// Something that earlier releases leave undone.
struct Task {
    /// The name that it is noted under.
    name: &'static str,
    /// The step of the migrations that those releases do not know.
    step: i64,
}

const LISTING: Task = Task {
    name: "listing",
    step: 3,
};
const ERASURES: Task = Task {
    name: "erasures",
    step: 9,
};

/// Does what is due. It may be interrupted and run again, and run while others write.
pub(crate) async fn run(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if let Some(is_last) = due(connection, &LISTING).await? {
        listing::mend(connection).await?;
        note(connection, &LISTING, is_last).await?;
    }
    if let Some(is_last) = due(connection, &ERASURES).await? {
        erasures::finish(connection).await?;
        note(connection, &ERASURES, is_last).await?;
    }
    Ok(())
}

/// None if it was done for the last time; else whether this is the last time.
async fn due(connection: &mut PgConnection, task: &Task) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar(include_str!("sql/upkeep_due.sql"))
        .bind(task.step)
        .bind(task.name)
        .fetch_optional(connection)
        .await
}

/// Notes that it was done for the last time, if it was.
async fn note(connection: &mut PgConnection, task: &Task, is_last: bool) -> Result<(), sqlx::Error> {
    if is_last {
        sqlx::query(include_str!("sql/upkeep_done.sql"))
            .bind(task.name)
            .execute(connection)
            .await?;
    }
    Ok(())
}
