//! The lists of the command line: mails, cases and our own mails, as rows with the contract's keys.
//!
//! A key means what it means in `inspect --format jsonl`: `from` is a name and an address, `defects` are
//! objects. Instants are RFC 3339 in +08:00. Mails come in order of receipt, cases in order of opening,
//! our mails in order of queueing.

use super::{
    Filter, Result, Store,
    filter::{case_conditions, no_case_conditions},
    from_i64, rfc3339,
};
use crate::model::address::Address;
use serde::Serialize;
use sqlx::{Any, Row, any::AnyRow};
use std::collections::BTreeMap;

/// A mail of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct MessageRow {
    pub id: i64,
    pub mailbox: String,
    /// Its latest UID; none in a folder of files.
    pub uid: Option<i64>,
    pub sha256: Option<String>,
    pub message_id: Option<String>,
    pub from: Address,
    pub subject: String,
    pub received_at: String,
    pub bytes: u64,
    pub kind: Option<String>,
    pub disposition: Option<String>,
    /// Why, in a sentence.
    pub because: String,
    pub duplicate_of: Option<i64>,
    pub case_numbers: Vec<String>,
    pub attempts: u32,
    pub last_error: Option<String>,
    pub campaign: String,
}

/// A case as its latest revision has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct CaseRow {
    pub id: i64,
    pub number: Option<String>,
    pub status: String,
    pub title: Option<String>,
    pub unit: Option<String>,
    pub region: Option<String>,
    pub channel: String,
    pub categories: Vec<String>,
    pub focus_areas: Vec<String>,
    pub month: Option<String>,
    pub batch: Option<String>,
    pub late: bool,
    pub revision: u32,
    pub received_at: String,
    pub seal: String,
    pub defects: Vec<DefectRow>,
    pub outcome: Option<String>,
    /// Of a possible revision: the case that may be meant.
    pub possibly_of: Option<String>,
    pub opener: String,
    pub campaign: String,
}

/// A defect, as in the JSON of `inspect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct DefectRow {
    pub code: String,
    pub field: Option<String>,
    pub severity: String,
    pub message: String,
}

/// A mail of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct OutboxRow {
    pub id: i64,
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub state: String,
    pub attempts: u32,
    /// None where it doesn't go out by itself.
    pub next_attempt_at: Option<String>,
    /// The first case that it tells about.
    pub case_number: Option<String>,
    pub case_numbers: Vec<String>,
    pub last_error: Option<String>,
    pub created_at: String,
    pub sent_at: Option<String>,
    pub campaign: String,
}

impl Store {
    /// The ledger. Text is looked for in subject and sender; classified matter is found by no text.
    pub async fn list_messages(&self, filter: &Filter) -> Result<Vec<MessageRow>> {
        let query = sqlx::query(concat!(
            "SELECT m.id, m.mailbox, m.sha256, m.message_id, m.from_name, m.from_address, m.subject, m.received_ms, m.bytes, m.kind,
                 m.disposition, m.because, m.duplicate_of, m.attempts, m.last_error, m.campaign,
                 (SELECT p.uid FROM mailbox_position p WHERE p.message = m.id ORDER BY p.id DESC LIMIT 1) AS uid
             FROM message m
             WHERE (CAST($1 AS TEXT) IS NULL OR m.disposition = $1 OR m.state = $1)
               AND (CAST($9 AS BIGINT) IS NULL OR m.received_ms >= $9)
               AND (CAST($10 AS BIGINT) IS NULL OR m.received_ms < $10)
               AND (CAST($11 AS TEXT) IS NULL OR (m.classified = 0 AND (lower(m.subject) LIKE $11 ESCAPE '!'
                    OR lower(m.from_address) LIKE $11 ESCAPE '!' OR lower(m.from_name) LIKE $11 ESCAPE '!')))
               AND (CAST($12 AS TEXT) IS NULL OR m.campaign = $12)
               AND (",
            no_case_conditions!(),
            " OR m.id IN (SELECT mc.message FROM message_case mc JOIN case_record c ON c.id = mc.case_id WHERE ",
            case_conditions!(),
            ")) ORDER BY m.id LIMIT $13"
        ));
        let rows = filter.bind(query).fetch_all(&self.pool).await?;
        let mut numbers = self
            .numbers(
                "SELECT mc.message, c.number FROM message_case mc JOIN case_record c ON c.id = mc.case_id
                 WHERE c.number IS NOT NULL ORDER BY mc.message, c.id",
            )
            .await?;
        rows.iter().map(|row| read_message(row, &mut numbers)).collect()
    }

    /// The backlog. Text is looked for in number and everything that the latest form says.
    pub async fn list_cases(&self, filter: &Filter) -> Result<Vec<CaseRow>> {
        let query = sqlx::query(concat!(
            "SELECT c.id, c.number, c.status, c.title, c.unit, c.region, c.channel, c.month, c.batch, c.late, c.revision,
                 c.received_ms, c.seal, c.outcome, c.opener, c.campaign, beside.number AS possibly_of
             FROM case_record c
             JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN message m ON m.id = r.message
             LEFT JOIN case_record beside ON beside.id = c.possibly_of
             WHERE (CAST($1 AS TEXT) IS NULL OR c.status = $1)
               AND (CAST($9 AS BIGINT) IS NULL OR c.received_ms >= $9)
               AND (CAST($10 AS BIGINT) IS NULL OR c.received_ms < $10)
               AND (CAST($11 AS TEXT) IS NULL OR (m.classified = 0
                    AND (lower(c.number) LIKE $11 ESCAPE '!' OR r.search LIKE $11 ESCAPE '!')))
               AND (CAST($12 AS TEXT) IS NULL OR c.campaign = $12)
               AND ",
            case_conditions!(),
            " ORDER BY c.id LIMIT $13"
        ));
        let rows = filter.bind(query).fetch_all(&self.pool).await?;
        let mut values = CaseValues {
            categories: self.numbers("SELECT case_id, category FROM case_category ORDER BY case_id, ordinal").await?,
            focus_areas: self.numbers("SELECT case_id, focus FROM case_focus ORDER BY case_id, focus").await?,
            defects: self.current_defects(filter.case).await?,
        };
        rows.iter().map(|row| read_case(row, &mut values)).collect()
    }

    /// The outbox. Text is looked for in recipient and subject.
    pub async fn list_outbox(&self, filter: &Filter) -> Result<Vec<OutboxRow>> {
        let query = sqlx::query(concat!(
            "SELECT o.id, o.kind, o.to_address, o.subject, o.message_id, o.in_reply_to, o.state, o.attempts, o.next_attempt_ms,
                 o.last_error, o.created_ms, o.sent_ms, o.campaign
             FROM outbox o
             WHERE (CAST($1 AS TEXT) IS NULL OR o.state = $1)
               AND (CAST($9 AS BIGINT) IS NULL OR o.created_ms >= $9)
               AND (CAST($10 AS BIGINT) IS NULL OR o.created_ms < $10)
               AND (CAST($11 AS TEXT) IS NULL OR lower(o.to_address) LIKE $11 ESCAPE '!' OR lower(o.subject) LIKE $11 ESCAPE '!')
               AND (CAST($12 AS TEXT) IS NULL OR o.campaign = $12)
               AND (",
            no_case_conditions!(),
            " OR o.id IN (SELECT oc.outbox FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id WHERE ",
            case_conditions!(),
            ")) ORDER BY o.id LIMIT $13"
        ));
        let rows = filter.bind(query).fetch_all(&self.pool).await?;
        let mut numbers = self
            .numbers(
                "SELECT oc.outbox, c.number FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
                 WHERE c.number IS NOT NULL ORDER BY oc.outbox, c.id",
            )
            .await?;
        rows.iter().map(|row| read_outbox(row, &mut numbers)).collect()
    }

    /// Values by the row that they belong to, in the query's order.
    async fn numbers(&self, sql: &'static str) -> Result<BTreeMap<i64, Vec<String>>> {
        let mut values: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (row, value) in sqlx::query_as::<Any, (i64, String)>(sql).fetch_all(&self.pool).await? {
            values.entry(row).or_default().push(value);
        }
        Ok(values)
    }

    async fn current_defects(&self, case: Option<i64>) -> Result<BTreeMap<i64, Vec<DefectRow>>> {
        let query = sqlx::query(
            "SELECT d.case_id, d.code, d.field, d.severity, d.sentence FROM defect d
             JOIN case_record c ON c.id = d.case_id AND c.revision = d.revision
             WHERE CAST($1 AS BIGINT) IS NULL OR d.case_id = $1
             ORDER BY d.case_id, d.ordinal",
        );
        let mut defects: BTreeMap<i64, Vec<DefectRow>> = BTreeMap::new();
        for row in query.bind(case).fetch_all(&self.pool).await? {
            defects.entry(row.try_get("case_id")?).or_default().push(read_defect(&row)?);
        }
        Ok(defects)
    }
}

struct CaseValues {
    categories: BTreeMap<i64, Vec<String>>,
    focus_areas: BTreeMap<i64, Vec<String>>,
    defects: BTreeMap<i64, Vec<DefectRow>>,
}

fn read_message(row: &AnyRow, numbers: &mut BTreeMap<i64, Vec<String>>) -> Result<MessageRow> {
    let id = row.try_get("id")?;
    Ok(MessageRow {
        id,
        mailbox: row.try_get("mailbox")?,
        uid: row.try_get("uid")?,
        sha256: row.try_get("sha256")?,
        message_id: row.try_get("message_id")?,
        from: Address { name: row.try_get("from_name")?, address: row.try_get("from_address")? },
        subject: row.try_get("subject")?,
        received_at: rfc3339(row.try_get("received_ms")?),
        bytes: from_i64(row.try_get("bytes")?),
        kind: row.try_get("kind")?,
        disposition: row.try_get("disposition")?,
        because: row.try_get("because")?,
        duplicate_of: row.try_get("duplicate_of")?,
        case_numbers: numbers.remove(&id).unwrap_or_default(),
        attempts: from_i64(row.try_get("attempts")?),
        last_error: row.try_get("last_error")?,
        campaign: row.try_get("campaign")?,
    })
}

fn read_case(row: &AnyRow, values: &mut CaseValues) -> Result<CaseRow> {
    let id = row.try_get("id")?;
    Ok(CaseRow {
        id,
        number: row.try_get("number")?,
        status: row.try_get("status")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        region: row.try_get("region")?,
        channel: row.try_get("channel")?,
        categories: values.categories.remove(&id).unwrap_or_default(),
        focus_areas: values.focus_areas.remove(&id).unwrap_or_default(),
        month: row.try_get("month")?,
        batch: row.try_get("batch")?,
        late: row.try_get::<i64, _>("late")? == 1,
        revision: from_i64(row.try_get("revision")?),
        received_at: rfc3339(row.try_get("received_ms")?),
        seal: row.try_get("seal")?,
        defects: values.defects.remove(&id).unwrap_or_default(),
        outcome: row.try_get("outcome")?,
        possibly_of: row.try_get("possibly_of")?,
        opener: row.try_get("opener")?,
        campaign: row.try_get("campaign")?,
    })
}

fn read_outbox(row: &AnyRow, numbers: &mut BTreeMap<i64, Vec<String>>) -> Result<OutboxRow> {
    let id = row.try_get("id")?;
    let state: String = row.try_get("state")?;
    let case_numbers = numbers.remove(&id).unwrap_or_default();
    let next_attempt_ms: i64 = row.try_get("next_attempt_ms")?;
    Ok(OutboxRow {
        id,
        kind: row.try_get("kind")?,
        to: row.try_get("to_address")?,
        subject: row.try_get("subject")?,
        message_id: row.try_get("message_id")?,
        in_reply_to: row.try_get("in_reply_to")?,
        attempts: from_i64(row.try_get("attempts")?),
        next_attempt_at: (state == "queued").then(|| rfc3339(next_attempt_ms)),
        state,
        case_number: case_numbers.first().cloned(),
        case_numbers,
        last_error: row.try_get("last_error")?,
        created_at: rfc3339(row.try_get("created_ms")?),
        sent_at: row.try_get::<Option<i64>, _>("sent_ms")?.map(rfc3339),
        campaign: row.try_get("campaign")?,
    })
}

pub(super) fn read_defect(row: &AnyRow) -> Result<DefectRow> {
    Ok(DefectRow {
        code: row.try_get("code")?,
        field: row.try_get("field")?,
        severity: row.try_get("severity")?,
        message: row.try_get("sentence")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    fn with(change: impl FnOnce(&mut Filter)) -> Filter {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    }

    #[tokio::test]
    async fn every_filter_narrows_every_list() {
        let (_dir, store) = store().await;
        open(&store, 1, "a", "十堰市计量院", "题目甲", "19900000001").await;
        open(&store, 2, "b", "武汉100%_检验所", "Title B", "19900000002").await;
        receive(&store, 3, "c").await;
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
        let cases: Vec<(&str, Filter, [usize; 3])> = vec![
            ("none", Filter::default(), [3, 2, 2]),
            ("limit", with(|f| f.limit = Some(1)), [1, 1, 1]),
            ("status", with(|f| f.status = Some("case".into())), [2, 0, 0]),
            ("status", with(|f| f.status = Some("received".into())), [1, 0, 0]),
            ("status", with(|f| f.status = Some("accepted".into())), [0, 2, 0]),
            ("status", with(|f| f.status = Some("queued".into())), [0, 0, 2]),
            ("window", with(|f| f.window = Some("2023-06".into())), [2, 2, 2]),
            ("window", with(|f| f.window = Some("2023-H1".into())), [2, 2, 2]),
            ("window", with(|f| f.window = Some("2023-07".into())), [0, 0, 0]),
            ("batch", with(|f| f.batch = Some("2023-06".into())), [0, 0, 0]),
            ("region", with(|f| f.region = Some("十堰".into())), [2, 2, 2]),
            ("region", with(|f| f.region = Some("武汉市".into())), [0, 0, 0]),
            ("channel", with(|f| f.channel = Some("local".into())), [0, 0, 0]),
            ("category", with(|f| f.category = Some("metrology".into())), [2, 2, 2]),
            ("category", with(|f| f.category = Some("standards".into())), [0, 0, 0]),
            ("focus", with(|f| f.focus = Some("small_business".into())), [2, 2, 2]),
            ("focus", with(|f| f.focus = Some("trade".into())), [0, 0, 0]),
            ("unit", with(|f| f.unit = Some("计量".into())), [1, 1, 1]),
            ("unit", with(|f| f.unit = Some("100%_".into())), [1, 1, 1]),
            ("unit", with(|f| f.unit = Some("%".into())), [1, 1, 1]),
            ("since", with(|f| f.since = Some(at(2000))), [2, 1, 2]),
            ("until", with(|f| f.until = Some(at(2000))), [1, 1, 0]),
            ("text", with(|f| f.text = Some("title b".into())), [1, 1, 1]),
            ("text", with(|f| f.text = Some("没有这个".into())), [0, 0, 0]),
            ("text", with(|f| f.text = Some("joint_units".into())), [0, 0, 0]),
            ("campaign", with(|f| f.campaign = Some("2024".into())), [0, 0, 0]),
            ("case", with(|f| f.case = Some(1)), [1, 1, 1]),
        ];
        for (name, filter, expected) in cases {
            let messages = store.list_messages(&filter).await.unwrap().len();
            let cases = store.list_cases(&filter).await.unwrap().len();
            let outbox = store.list_outbox(&filter).await.unwrap().len();
            assert_eq!([messages, cases, outbox], expected, "{name}: {filter:?}");
        }
    }

    #[tokio::test]
    async fn the_keys_are_the_contract() {
        let (_dir, store) = store().await;
        let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let filter = Filter::default();
        let message = serde_json::to_value(&store.list_messages(&filter).await.unwrap()[0]).unwrap();
        for key in [
            "id",
            "mailbox",
            "uid",
            "sha256",
            "message_id",
            "from",
            "subject",
            "received_at",
            "kind",
            "disposition",
            "case_numbers",
            "attempts",
        ] {
            assert!(message.get(key).is_some(), "{key}");
        }
        assert_eq!(message["received_at"], "1970-01-01T08:00:01+08:00");
        assert_eq!(message["case_numbers"], serde_json::json!([number]));
        let case = serde_json::to_value(&store.list_cases(&filter).await.unwrap()[0]).unwrap();
        for key in [
            "number",
            "status",
            "title",
            "unit",
            "region",
            "channel",
            "categories",
            "month",
            "batch",
            "late",
            "revision",
            "received_at",
            "seal",
            "defects",
        ] {
            assert!(case.get(key).is_some(), "{key}");
        }
        assert_eq!(case["defects"][0]["code"], "seal.unverified");
        let reply = serde_json::to_value(&store.list_outbox(&filter).await.unwrap()[0]).unwrap();
        for key in [
            "id",
            "kind",
            "to",
            "subject",
            "message_id",
            "in_reply_to",
            "state",
            "attempts",
            "next_attempt_at",
            "case_number",
            "last_error",
        ] {
            assert!(reply.get(key).is_some(), "{key}");
        }
        assert_eq!((reply["case_number"].as_str(), reply["state"].as_str()), (Some(number.as_str()), Some("queued")));
    }
}
