//! A form that is judged after the one that followed it: its mail was held, and a person had it judged again.
//!
//! It is kept as a revision, and a case is placed by its first form (design rule 8); but what the case says
//! stays what its latest form says.

use super::{CaseEntry, Result, Transaction};

impl Transaction {
    /// Whether a person, or its thread, had this mail judged again, and a later mail gave the case its
    /// latest form: then what this one says is older than what is known.
    pub async fn is_overtaken(&mut self, message: i64, case: i64) -> Result<bool> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM case_record c JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN message m ON m.id = $1 JOIN message latest ON latest.id = r.message
             WHERE c.id = $2 AND m.replays > 0 AND latest.mailbox = m.mailbox AND r.message > m.id",
        );
        let count: i64 = query.bind(message).bind(case).fetch_one(self.connection()).await?;
        Ok(count > 0)
    }

    /// An older form of a case; the result is its revision. Repeating it changes nothing: (message,
    /// form_index) is unique, and a place is given up for an earlier one only.
    pub async fn add_overtaken_revision(&mut self, case: i64, entry: &CaseEntry<'_>) -> Result<u32> {
        let (revision, _) = self.insert_revision(case, entry).await?;
        sqlx::query(
            "UPDATE case_record SET month = $2, batch = $3, late = $4, received_ms = $5,
                 status = CASE
                     WHEN status <> 'late' OR $4 = 1 THEN status
                     WHEN EXISTS (SELECT 1 FROM defect d WHERE d.case_id = case_record.id AND d.revision = case_record.revision
                                  AND d.severity = 'correct') THEN 'needs_correction'
                     ELSE 'accepted' END
             WHERE id = $1 AND received_ms > $5",
        )
        .bind(case)
        .bind(entry.reading.window.month.as_deref())
        .bind(entry.reading.window.batch.as_deref())
        .bind(i64::from(entry.reading.window.late))
        .bind(entry.received_ms)
        .execute(self.connection())
        .await?;
        Ok(revision)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, testing::*};
    use super::*;
    use crate::model::reading::{CaseStatus, WindowPlace};

    #[tokio::test]
    async fn an_older_form_places_the_case_and_says_nothing_else() {
        let (_dir, store) = store().await;
        let held = receive(&store, 1, "a").await;
        quarantine(&store, held).await;
        let later = receive(&store, 2, "b").await;
        let (reading, trace, _) = parts("某市计量院", "新题目", "19900000001");
        let late = WindowPlace { month: None, batch: None, late: true };
        let mut tx = store.begin().await.unwrap();
        let opened = CaseEntry { status: CaseStatus::Late, ..entry(later, &reading, &trace, &late) };
        let case = tx.open_case(&opened, "N-0001").await.unwrap();
        assert!(!tx.is_overtaken(held, case).await.unwrap(), "nobody had it judged again");
        tx.commit().await.unwrap();
        store.replay(held, &by(1)).await.unwrap();
        let (older, trace, place) = parts("某市计量院", "旧题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        assert!(tx.is_overtaken(held, case).await.unwrap());
        for _ in 0..2 {
            assert_eq!(tx.add_overtaken_revision(case, &entry(held, &older, &trace, &place)).await.unwrap(), 2);
        }
        tx.commit().await.unwrap();
        let row = store.list_cases(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.title.as_deref(), row.revision, row.status.as_str()), (Some("新题目"), 1, "accepted"));
        assert_eq!((row.month.as_deref(), row.late, row.received_at.as_str()), (Some("2023-06"), false, "1970-01-01T08:00:01+08:00"));
        let next = receive(&store, 3, "c").await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.add_revision(case, &entry(next, &older, &trace, &place)).await.unwrap(), 3);
    }
}
