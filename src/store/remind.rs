//! Who may have to be reminded, and which reminders were queued, so that each goes once.

use super::{Result, Store, Transaction, course::request, from_i64, row};
use crate::model::{placement::Request, reading::WindowPlace};
use jiff::Timestamp;
use sqlx::{Any, Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// A case that lacks something and whose unit was asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Where it stands.
    pub place: WindowPlace,
    /// The revision that lacks something.
    pub revision: u32,
    /// When that was received.
    pub revised: Timestamp,
    /// What asked the unit for it, in the order of sending.
    pub requests: Vec<Request>,
    /// The latest of them.
    pub latest: SentRequest,
    /// The occasions of reminders that were queued.
    pub reminded: BTreeSet<String>,
    /// The latest day on which one was, `2023-07-06`.
    pub reminded_on: Option<String>,
}

/// A correction request that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// Its row.
    pub outbox: i64,
    /// To whom.
    pub to: String,
    /// Its Message-ID.
    pub message_id: String,
    /// What it answered.
    pub in_reply_to: Option<String>,
}

/// A reminder of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderKey<'a> {
    /// The case.
    pub case: i64,
    /// What for.
    pub occasion: &'a str,
    /// The day, where it is what the letter is for; none where the letter tells it too.
    pub day: Option<&'a str>,
}

impl Store {
    /// The cases of a campaign whose units were asked. Where a further request is about to go it is our turn.
    pub async fn open_cases(&self, campaign: &str) -> Result<Vec<OpenCase>> {
        let rows = sqlx::query(
            "SELECT c.id, c.number, c.title, c.unit, c.month, c.batch, c.late, c.revision,
                 r.received_ms AS revised_ms, o.id AS outbox, o.to_address, o.message_id, o.in_reply_to
             FROM case_record c JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN outbox_case oc ON oc.case_id = c.id JOIN outbox o ON o.id = oc.outbox
             WHERE c.campaign = $1 AND c.status = 'needs_correction' AND c.number IS NOT NULL
               AND oc.asked_ms IS NOT NULL AND o.sent_ms IS NOT NULL AND o.state <> 'dead'
               AND NOT EXISTS (SELECT 1 FROM outbox_case wc JOIN outbox w ON w.id = wc.outbox
                   WHERE wc.case_id = c.id AND wc.asked_ms IS NOT NULL AND w.state IN ('queued', 'held'))
             ORDER BY c.id, o.sent_ms, o.id",
        );
        let mut cases: Vec<OpenCase> = Vec::new();
        for row in rows.bind(campaign).fetch_all(&self.pool).await? {
            let case = read(&row)?;
            match cases.last_mut().filter(|last| last.id == case.id) {
                Some(last) => last.latest = case.latest,
                None => cases.push(case),
            }
        }
        let mut reminders = self.reminders(campaign).await?;
        let mut requests = self.requests(campaign).await?;
        for case in &mut cases {
            case.requests = requests.remove(&case.id).unwrap_or_default();
            (case.reminded, case.reminded_on) = reminders.remove(&case.id).unwrap_or_default();
        }
        Ok(cases)
    }

    /// Of the same cases only what their periods depend on: the row, when its form was received, and what asked for more.
    pub async fn open_periods(&self, campaign: &str) -> Result<Vec<(i64, Timestamp, Vec<Request>)>> {
        let rows = sqlx::query_as::<Any, (i64, i64, i64, i64, Option<i64>)>(
            "SELECT c.id, r.received_ms, oc.asked_ms, o.sent_ms, o.until_ms
             FROM case_record c JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN outbox_case oc ON oc.case_id = c.id JOIN outbox o ON o.id = oc.outbox
             WHERE c.campaign = $1 AND c.status = 'needs_correction' AND c.number IS NOT NULL
               AND oc.asked_ms IS NOT NULL AND o.sent_ms IS NOT NULL AND o.state <> 'dead'
               AND NOT EXISTS (SELECT 1 FROM outbox_case wc JOIN outbox w ON w.id = wc.outbox
                   WHERE wc.case_id = c.id AND wc.asked_ms IS NOT NULL AND w.state IN ('queued', 'held'))
             ORDER BY c.id, o.sent_ms, o.id",
        );
        let mut periods: Vec<(i64, Timestamp, Vec<Request>)> = Vec::new();
        for (case, revised, asked, sent, until) in rows.bind(campaign).fetch_all(&self.pool).await? {
            let (_, request) = request((case, asked, sent, until));
            match periods.last_mut().filter(|last| last.0 == case) {
                Some(last) => last.2.push(request),
                None => periods.push((case, instant(revised), vec![request])),
            }
        }
        Ok(periods)
    }

    async fn reminders(&self, campaign: &str) -> Result<BTreeMap<i64, (BTreeSet<String>, Option<String>)>> {
        let rows = sqlx::query(
            "SELECT r.case_id, r.occasion, r.day FROM reminder r JOIN case_record c ON c.id = r.case_id
             WHERE c.campaign = $1 AND c.status = 'needs_correction'",
        );
        let mut reminders: BTreeMap<i64, (BTreeSet<String>, Option<String>)> = BTreeMap::new();
        for row in rows.bind(campaign).fetch_all(&self.pool).await? {
            let of = reminders.entry(row.try_get("case_id")?).or_default();
            of.0.insert(row.try_get("occasion")?);
            let day: Option<String> = row.try_get("day")?;
            of.1 = of.1.take().max(day);
        }
        Ok(reminders)
    }
}

impl Transaction {
    /// Whether a case still lacks what this revision lacked.
    pub async fn is_open(&mut self, case: i64, revision: u32) -> Result<bool> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM case_record WHERE id = $1 AND revision = $2 AND status = 'needs_correction'");
        let count: i64 = query.bind(case).bind(i64::from(revision)).fetch_one(self.connection()).await?;
        Ok(count == 1)
    }

    /// Notes a reminder in the transaction that queues it. False where it was noted before, or another of that day: the
    /// keys are (case, occasion) and (case, day); then the transaction is to be rolled back.
    pub async fn note_reminder(&mut self, key: &ReminderKey<'_>, outbox: i64, now_ms: i64) -> Result<bool> {
        let query = sqlx::query(
            "INSERT INTO reminder (case_id, occasion, day, outbox, queued_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(key.case).bind(key.occasion).bind(key.day).bind(outbox).bind(now_ms);
        Ok(query.execute(self.connection()).await?.rows_affected() == 1)
    }
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn read(row: &AnyRow) -> Result<OpenCase> {
    Ok(OpenCase {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        place: row::place(row)?,
        revision: from_i64(row.try_get("revision")?),
        revised: instant(row.try_get("revised_ms")?),
        requests: Vec::new(),
        latest: SentRequest {
            outbox: row.try_get("outbox")?,
            to: row.try_get("to_address")?,
            message_id: row.try_get("message_id")?,
            in_reply_to: row.try_get("in_reply_to")?,
        },
        reminded: BTreeSet::new(),
        reminded_on: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{CaseEntry, Outgoing, Settled, testing::*};
    use super::*;
    use crate::model::reading::CaseStatus;

    #[tokio::test]
    async fn who_was_asked_is_open_until_it_lacks_nothing_and_is_reminded_once_of_each_occasion() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let (reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        let status = CaseStatus::NeedsCorrection;
        let case = tx.open_case(&CaseEntry { status, ..entry(message, &reading, &trace, &place) }, "JCZH-2023-0001").await.unwrap();
        let mail = rendered("ask", "a@unit.example");
        let ask = Outgoing { kind: "correction", source_message: Some(message), cases: &[case], ..outgoing(&mail) };
        let id = tx.enqueue(&ask).await.unwrap().unwrap();
        tx.note_asked(id, case, 1000).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.open_cases("2023").await.unwrap(), [], "nobody was asked yet");
        store.settle(&[Settled { id, outcome: accepted(5000) }], 5000).await.unwrap();
        let open = store.open_cases("2023").await.unwrap();
        assert_eq!((open.len(), open[0].revised.as_millisecond(), open[0].latest.to.as_str()), (1, 1000, "a@unit.example"));
        let sent: Vec<_> = open[0].requests.iter().map(|one| (one.asked.as_millisecond(), one.sent.as_millisecond())).collect();
        assert_eq!(sent, [(1000, 5000)]);
        assert_eq!(store.open_periods("2023").await.unwrap(), [(case, open[0].revised, open[0].requests.clone())]);
        let key = ReminderKey { case, occasion: "deadline/2023-07-07", day: Some("2023-07-06") };
        let mut tx = store.begin().await.unwrap();
        assert!(tx.is_open(case, 1).await.unwrap() && !tx.is_open(case, 2).await.unwrap());
        assert!(tx.note_reminder(&key, id, 6000).await.unwrap());
        assert!(!tx.note_reminder(&key, id, 6000).await.unwrap());
        let same_day = ReminderKey { occasion: "window/2023-07-01", ..key };
        assert!(!tx.note_reminder(&same_day, id, 6000).await.unwrap(), "one letter a day");
        assert!(tx.note_reminder(&ReminderKey { day: None, ..same_day }, id, 6000).await.unwrap());
        tx.commit().await.unwrap();
        let open = store.open_cases("2023").await.unwrap();
        assert_eq!((open[0].reminded.len(), open[0].reminded_on.as_deref()), (2, Some("2023-07-06")));
        let later = receive(&store, 2, "b").await;
        let mut tx = store.begin().await.unwrap();
        tx.add_revision(case, &entry(later, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.open_cases("2023").await.unwrap(), []);
    }
}
