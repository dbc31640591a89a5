//! How a case went so far, as far as its windows depend on it: was it complete, was the unit asked, did a person settle.
//!
//! A mail of ours asks about a case where `outbox_case.asked_ms` says so; one that came back never reached the unit, so its
//! period didn't begin.

use super::{Result, Store, Transaction, row};
use crate::model::placement::{Course, Request};
use jiff::Timestamp;
use std::collections::BTreeMap;

const OF_CASE: &str = "SELECT oc.case_id, oc.asked_ms, o.sent_ms, o.until_ms FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
     WHERE oc.case_id = $1 AND oc.asked_ms IS NOT NULL AND o.sent_ms IS NOT NULL AND o.state <> 'dead' ORDER BY o.sent_ms, o.id";

impl Transaction {
    /// What bears on the windows of a case.
    pub async fn course(&mut self, case: i64) -> Result<Course> {
        self.written().await?;
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
        let requests: Vec<Asked> = sqlx::query_as(OF_CASE).bind(case).fetch_all(self.connection()).await?;
        let requests = requests.into_iter().map(|asked| request(asked).1).collect();
        Ok(Course { place, was_complete: complete > 0, is_ruled: ruled > 0, requests })
    }

    /// Notes, in the transaction that queues a mail, that it asks the unit to correct a case; `asked_ms`: when the form was
    /// received that it asks about. Repeating it changes nothing: (outbox, case_id) is the primary key.
    pub async fn note_asked(&mut self, outbox: i64, case: i64, asked_ms: i64) -> Result<()> {
        let query = sqlx::query("UPDATE outbox_case SET asked_ms = $3 WHERE outbox = $1 AND case_id = $2");
        query.bind(outbox).bind(case).bind(asked_ms).execute(self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// What asked the unit to correct a case, in the order of sending.
    pub(super) async fn asked_of(&self, case: i64) -> Result<Vec<Request>> {
        let rows: Vec<Asked> = sqlx::query_as(OF_CASE).bind(case).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|asked| request(asked).1).collect())
    }

    /// What asked the units of a campaign, of each case in the order of sending.
    pub(super) async fn requests(&self, campaign: &str) -> Result<BTreeMap<i64, Vec<Request>>> {
        let rows: Vec<Asked> = sqlx::query_as(
            "SELECT oc.case_id, oc.asked_ms, o.sent_ms, o.until_ms FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             WHERE o.campaign = $1 AND oc.asked_ms IS NOT NULL AND o.sent_ms IS NOT NULL AND o.state <> 'dead' ORDER BY o.sent_ms, o.id",
        )
        .bind(campaign)
        .fetch_all(&self.pool)
        .await?;
        let mut requests: BTreeMap<i64, Vec<Request>> = BTreeMap::new();
        for (case, request) in rows.into_iter().map(request) {
            requests.entry(case).or_default().push(request);
        }
        Ok(requests)
    }
}

/// Case, asked, sent, until, in unix milliseconds.
type Asked = (i64, i64, i64, Option<i64>);

pub(super) fn request((case, asked, sent, until): Asked) -> (i64, Request) {
    let at = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    (case, Request { asked: at(asked), sent: at(sent), until: until.map(at) })
}

#[cfg(test)]
mod tests {
    use super::super::{CaseEntry, Filter, Outgoing, Settled, testing::*};
    use super::Request;
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
        tx.note_asked(id, case, 1000).await.unwrap();
        tx.keep_letter(id, None, Some(9000)).await.unwrap();
        let course = tx.course(case).await.unwrap();
        assert_eq!((course.was_complete, course.requests.as_slice(), &course.place), (false, &[][..], &place));
        tx.commit().await.unwrap();
        store.settle(&[Settled { id, outcome: accepted(5000) }], 5000).await.unwrap();
        let later = receive(&store, 2, "b").await;
        reading.defects.clear();
        let mut tx = store.begin().await.unwrap();
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
        let request = Request { asked: at(1000), sent: at(5000), until: Some(at(9000)) };
        assert_eq!(tx.course(case).await.unwrap().requests, [request]);
        tx.add_revision(case, &entry(later, &reading, &trace, &place)).await.unwrap();
        assert!(tx.course(case).await.unwrap().was_complete);
        tx.commit().await.unwrap();
        assert_eq!(store.list_cases(&Filter::default()).await.unwrap()[0].status, "accepted");
    }
}
