//! Brings the tables up to date, from SQL files that are built into the program.
//!
//! The files are append-only and both dialects change together. sqlx keeps what was applied, with its
//! checksum, in `_sqlx_migrations`, so a second run does nothing.

use super::{Dialect, Result, Store, StoreError};
use crate::clock::Stopwatch;
use sqlx::{
    Executor, SqlStr,
    migrate::{Migration, MigrationType, Migrator},
};
use std::time::Duration;

/// Version, description, SQLite, PostgreSQL.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (1, "record", include_str!("../../migrations/sqlite/0001_record.sql"), include_str!("../../migrations/postgres/0001_record.sql")),
    (
        2,
        "evidence_text",
        include_str!("../../migrations/sqlite/0002_evidence_text.sql"),
        include_str!("../../migrations/postgres/0002_evidence_text.sql"),
    ),
    (3, "queues", include_str!("../../migrations/sqlite/0003_queues.sql"), include_str!("../../migrations/postgres/0003_queues.sql")),
    (
        20,
        "receiving",
        include_str!("../../migrations/sqlite/0020_receiving.sql"),
        include_str!("../../migrations/postgres/0020_receiving.sql"),
    ),
    (30, "summary", include_str!("../../migrations/sqlite/0030_summary.sql"), include_str!("../../migrations/postgres/0030_summary.sql")),
    (40, "audit", include_str!("../../migrations/sqlite/0040_audit.sql"), include_str!("../../migrations/postgres/0040_audit.sql")),
    (
        41,
        "calendar",
        include_str!("../../migrations/sqlite/0041_calendar.sql"),
        include_str!("../../migrations/postgres/0041_calendar.sql"),
    ),
    (50, "report", include_str!("../../migrations/sqlite/0050_report.sql"), include_str!("../../migrations/postgres/0050_report.sql")),
    (60, "lists", include_str!("../../migrations/sqlite/0060_lists.sql"), include_str!("../../migrations/postgres/0060_lists.sql")),
    (61, "search", include_str!("../../migrations/sqlite/0061_search.sql"), include_str!("../../migrations/postgres/0061_search.sql")),
    (
        75,
        "reminder",
        include_str!("../../migrations/sqlite/0075_reminder.sql"),
        include_str!("../../migrations/postgres/0075_reminder.sql"),
    ),
    (80, "show", include_str!("../../migrations/sqlite/0080_show.sql"), include_str!("../../migrations/postgres/0080_show.sql")),
    (83, "act", include_str!("../../migrations/sqlite/0083_act.sql"), include_str!("../../migrations/postgres/0083_act.sql")),
    (84, "roster", include_str!("../../migrations/sqlite/0084_roster.sql"), include_str!("../../migrations/postgres/0084_roster.sql")),
    (
        85,
        "retention",
        include_str!("../../migrations/sqlite/0085_retention.sql"),
        include_str!("../../migrations/postgres/0085_retention.sql"),
    ),
    (86, "answer", include_str!("../../migrations/sqlite/0086_answer.sql"), include_str!("../../migrations/postgres/0086_answer.sql")),
    (93, "request", include_str!("../../migrations/sqlite/0093_request.sql"), include_str!("../../migrations/postgres/0093_request.sql")),
    (
        95,
        "covering",
        include_str!("../../migrations/sqlite/0095_covering.sql"),
        include_str!("../../migrations/postgres/0095_covering.sql"),
    ),
    (
        96,
        "contacts",
        include_str!("../../migrations/sqlite/0096_contacts.sql"),
        include_str!("../../migrations/postgres/0096_contacts.sql"),
    ),
    (97, "sender", include_str!("../../migrations/sqlite/0097_sender.sql"), include_str!("../../migrations/postgres/0097_sender.sql")),
    (
        100,
        "selection",
        include_str!("../../migrations/sqlite/0100_selection.sql"),
        include_str!("../../migrations/postgres/0100_selection.sql"),
    ),
    (101, "review", include_str!("../../migrations/sqlite/0101_review.sql"), include_str!("../../migrations/postgres/0101_review.sql")),
    (
        102,
        "review_history",
        include_str!("../../migrations/sqlite/0102_review_history.sql"),
        include_str!("../../migrations/postgres/0102_review_history.sql"),
    ),
    (105, "consent", include_str!("../../migrations/sqlite/0105_consent.sql"), include_str!("../../migrations/postgres/0105_consent.sql")),
    (
        106,
        "referral",
        include_str!("../../migrations/sqlite/0106_referral.sql"),
        include_str!("../../migrations/postgres/0106_referral.sql"),
    ),
    (110, "views", include_str!("../../migrations/sqlite/0110_views.sql"), include_str!("../../migrations/postgres/0110_views.sql")),
    (111, "node", include_str!("../../migrations/sqlite/0111_node.sql"), include_str!("../../migrations/postgres/0111_node.sql")),
    (
        112,
        "long_words",
        include_str!("../../migrations/sqlite/0112_long_words.sql"),
        include_str!("../../migrations/postgres/0112_long_words.sql"),
    ),
    (120, "shared", include_str!("../../migrations/sqlite/0120_shared.sql"), include_str!("../../migrations/postgres/0120_shared.sql")),
    (
        121,
        "roster_campaign",
        include_str!("../../migrations/sqlite/0121_roster_campaign.sql"),
        include_str!("../../migrations/postgres/0121_roster_campaign.sql"),
    ),
    (130, "watch", include_str!("../../migrations/sqlite/0130_watch.sql"), include_str!("../../migrations/postgres/0130_watch.sql")),
    (135, "tried", include_str!("../../migrations/sqlite/0135_tried.sql"), include_str!("../../migrations/postgres/0135_tried.sql")),
    (
        140,
        "looked_for",
        include_str!("../../migrations/sqlite/0140_looked_for.sql"),
        include_str!("../../migrations/postgres/0140_looked_for.sql"),
    ),
    (150, "scores", include_str!("../../migrations/sqlite/0150_scores.sql"), include_str!("../../migrations/postgres/0150_scores.sql")),
    (
        160,
        "subject_first",
        include_str!("../../migrations/sqlite/0160_subject_first.sql"),
        include_str!("../../migrations/postgres/0160_subject_first.sql"),
    ),
];

/// What makes text of whatever table be put in order on a server as in a file. It is no migration, since later tables come
/// under it, too; where all is as it should be it changes nothing.
const ORDER: &str = include_str!("../../migrations/postgres/order.sql");

impl Store {
    /// SQLite has no lock for migrations: of two that open a new database at once, one finds itself overtaken
    /// and looks again, for as long as a statement may wait.
    pub(super) async fn migrate(&self) -> Result<()> {
        let watch = Stopwatch::start();
        loop {
            match self.migrate_once().await.map_err(of_the_disk) {
                Err(error) if error.is_fatal() => return Err(error),
                Err(StoreError::Migrate(error)) if !overtaken(&error) => return Err(error.into()),
                Err(_) if watch.elapsed() < super::connect::WAIT => tokio::time::sleep(Duration::from_millis(50)).await,
                outcome => return outcome,
            }
        }
    }

    async fn migrate_once(&self) -> Result<()> {
        // The switch to WAL is kept in the file. It can't wait for other connections, hence not per connection.
        if let Dialect::Sqlite(_) = self.dialect {
            self.pool.execute("PRAGMA journal_mode = WAL").await?;
        }
        let migrations = MIGRATIONS.iter().map(|(version, name, sqlite, postgres)| {
            let sql = match self.dialect {
                Dialect::Sqlite(_) => sqlite,
                Dialect::Postgres => postgres,
            };
            Migration::new(*version, (*name).into(), MigrationType::Simple, SqlStr::from_static(sql), false)
        });
        failpoint!("migrate.begin");
        Migrator::with_migrations(migrations.collect()).run(&self.pool).await?;
        if self.dialect == Dialect::Postgres {
            self.pool.execute(ORDER).await?;
        }
        failpoint!("migrate.done");
        Ok(())
    }
}

/// A disk or a lock that gets in the way says nothing about the tables.
fn of_the_disk(error: StoreError) -> StoreError {
    use sqlx::migrate::MigrateError;
    let hinders = error.is_fatal() || error.is_storage() || error.is_transient();
    match error {
        StoreError::Migrate(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) if hinders => source.into(),
        other => other,
    }
}

/// Whether looking again may find the work done by another.
fn overtaken(error: &sqlx::migrate::MigrateError) -> bool {
    use sqlx::migrate::MigrateError;
    matches!(error, MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::model::decision::Disposition;
    use crate::store::{Outgoing, Verdict};

    #[tokio::test]
    async fn migrating_again_does_nothing() {
        let (_dir, store) = store().await;
        store.migrate().await.unwrap();
        let applied: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&store.pool).await.unwrap();
        assert_eq!(applied, super::MIGRATIONS.len() as i64);
    }

    #[tokio::test]
    async fn text_is_put_in_order_by_its_bytes_and_views_and_triggers_stay() {
        let (_dir, store) = store().await;
        if !store.is_shared() {
            return;
        }
        let other = "SELECT COUNT(*) FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
                     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND t.table_name NOT LIKE '\\_sqlx%'
                       AND c.data_type = 'text' AND c.collation_name IS DISTINCT FROM 'C'";
        let count = async |query: &'static str| sqlx::query_scalar::<_, i64>(query).fetch_one(&store.pool).await.unwrap();
        let kept = [
            "SELECT COUNT(*) FROM information_schema.views WHERE table_schema = current_schema()",
            "SELECT COUNT(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal",
        ];
        let before = [count(kept[0]).await, count(kept[1]).await];
        assert!(count(other).await == 0 && before.iter().all(|count| *count > 2), "{before:?}");
        // As a later version's table, or one of an earlier version.
        sqlx::query("CREATE TABLE later (words TEXT NOT NULL)").execute(&store.pool).await.unwrap();
        sqlx::query("ALTER TABLE case_record ALTER COLUMN opener TYPE TEXT COLLATE \"default\"").execute(&store.pool).await.unwrap();
        assert_eq!(count(other).await, 2);
        store.migrate().await.unwrap();
        assert_eq!((count(other).await, [count(kept[0]).await, count(kept[1]).await]), (0, before));
    }

    /// Random characters, which no compression makes shorter.
    fn long(length: u32) -> String {
        let mut state = 1_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from_u32(0x4e00 + u32::try_from(state >> 40).unwrap() % 20_000).unwrap()
        };
        (0..length).map(next).collect()
    }

    #[tokio::test]
    async fn however_much_is_written_it_is_recorded_and_found() {
        let (_dir, store) = store().await;
        let (unit, title, subject) = (long(2_100), long(2_000), long(3_000));
        let message = receive(&store, 1, "a").await;
        let (reading, trace, place) = parts(&unit, &title, "19900000001");
        let mut read = intake("a", &format!("{}@unit.example", long(1_000)), vec![reading.clone()]);
        read.reading.message.subject.clone_from(&subject);
        read.reading.message.from.name = Some(long(1_000));
        read.reading.message.message_id = Some(format!("<{}@unit.example>", long(1_200)));
        let mut mail = rendered("a", &format!("{}@unit.example", long(1_000)));
        mail.subject = format!("回执 {title}");
        let mut tx = store.begin().await.unwrap();
        let case = tx.open_case(&entry(message, &reading, &trace, &place), "JCZH-2023-0001").await.unwrap();
        let verdict = Verdict { message, disposition: Disposition::Case, because: "", duplicate_of: None, intake: Some(&read) };
        assert!(tx.set_disposition(&verdict).await.unwrap());
        tx.enqueue(&Outgoing { source_message: Some(message), cases: &[case], ..outgoing(&mail) }).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.replies_to_since("2023", &mail.to, 0).await.unwrap(), 1);
        let again = tx.context(&intake("b", "x@unit.example", vec![reading]), "2023", 0).await.unwrap();
        assert_eq!(again.cases.iter().map(|known| known.id).collect::<Vec<_>>(), [case]);
    }

    /// The two dialects describe the same columns in the same order.
    #[test]
    fn both_dialects_have_the_same_columns() {
        let names = |sql: &str| -> Vec<String> {
            // What keeps rows from being changed is written in each dialect's own way.
            let is_own = |line: &&str| !line.starts_with("CREATE TRIGGER") && !line.starts_with("CREATE FUNCTION");
            let lines = sql.lines().filter(|line| line.starts_with("CREATE") || line.starts_with("    ")).filter(is_own);
            lines
                .filter_map(|line| line.split_whitespace().take(if line.starts_with('C') { 3 } else { 1 }).last().map(String::from))
                .collect()
        };
        // Text search, triggers, what reports look at, how long an index's entry may be and what its planner begins with are each engine's own.
        let own = ["search", "views", "long_words", "subject_first"];
        for (_, name, sqlite, postgres) in super::MIGRATIONS.iter().filter(|(_, name, ..)| !own.contains(name)) {
            assert_eq!(names(sqlite), names(postgres), "{name}");
        }
    }
}
