//! How a case went so far, as far as its windows depend on it: was it complete, was the unit asked, did a person settle.

use super::{Result, Transaction, row};
use crate::model::reading::WindowPlace;

/// The facts, with instants in unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseCourse {
    /// Where the case stands.
    pub place: WindowPlace,
    /// Whether one of its revisions lacked nothing.
    pub was_complete: bool,
    /// Whether a person settled its place.
    pub is_ruled: bool,
    /// For each correction request that was sent and didn't come back: when the mail was received that it answers,
    /// and when it was sent.
    pub requests: Vec<(i64, i64)>,
}

impl Transaction {
    /// What bears on the windows of a case.
    pub async fn course(&mut self, case: i64) -> Result<CaseCourse> {
        let query = sqlx::query("SELECT month, batch, late FROM case_record WHERE id = $1").bind(case);
        let row = query.fetch_one(self.connection()).await?;
        let place = row::place(&row)?;
        let complete: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM revision r WHERE r.case_id = $1 AND NOT EXISTS (
                 SELECT 1 FROM defect d WHERE d.case_id = r.case_id AND d.revision = r.revision AND d.severity = 'correct')",
        )
        .bind(case)
        .fetch_one(self.connection())
        .await?;
        let ruled = "SELECT COUNT(*) FROM ruling WHERE case_id = $1 AND field = 'window' AND state = 'standing'";
        let ruled: i64 = sqlx::query_scalar(ruled).bind(case).fetch_one(self.connection()).await?;
        // What came back never reached the unit: its period didn't begin.
        let requests = sqlx::query_as(
            "SELECT COALESCE(m.received_ms, o.created_ms), o.sent_ms FROM outbox o
             JOIN outbox_case oc ON oc.outbox = o.id LEFT JOIN message m ON m.id = o.source_message
             WHERE oc.case_id = $1 AND o.kind = 'correction' AND o.sent_ms IS NOT NULL AND o.state <> 'dead' ORDER BY o.sent_ms, o.id",
        );
        let requests = requests.bind(case).fetch_all(self.connection()).await?;
        Ok(CaseCourse { place, was_complete: complete > 0, is_ruled: ruled > 0, requests })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CaseEntry, Filter, Outgoing, Settled, testing::*};
    use crate::model::defect::Severity;
    use crate::model::reading::CaseStatus;

    #[tokio::test]
    async fn a_request_counts_once_it_was_sent_and_a_form_without_defects_is_complete() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let (mut reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        reading.defects[0].severity = Severity::Correct;
        let mut tx = store.begin().await.unwrap();
        let status = CaseStatus::NeedsCorrection;
        let case = tx.open_case(&CaseEntry { status, ..entry(message, &reading, &trace, &place) }, "JCZH-2023-0001").await.unwrap();
        let mail = rendered("ask", "a@unit.example");
        let ask = Outgoing { kind: "correction", source_message: Some(message), cases: &[case], ..outgoing(&mail) };
        let id = tx.enqueue(&ask).await.unwrap().unwrap();
        let course = tx.course(case).await.unwrap();
        assert_eq!((course.was_complete, course.requests.as_slice(), &course.place), (false, &[][..], &place));
        tx.commit().await.unwrap();
        store.settle(&[Settled { id, outcome: accepted(5000) }], 5000).await.unwrap();
        let later = receive(&store, 2, "b").await;
        reading.defects.clear();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.course(case).await.unwrap().requests, [(1000, 5000)]);
        tx.add_revision(case, &entry(later, &reading, &trace, &place)).await.unwrap();
        assert!(tx.course(case).await.unwrap().was_complete);
        tx.commit().await.unwrap();
        assert_eq!(store.list_cases(&Filter::default()).await.unwrap()[0].status, "accepted");
    }
}
