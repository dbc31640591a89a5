//! The lists of the command line: mails, cases and our own mails, narrowed by a [`Filter`].
//!
//! Mails come in order of receipt, cases in order of opening, our mails in order of queueing, unless another
//! order is asked for. A list is whole unless it is limited; then its count tells what it is a part of. One
//! statement gives a whole list: what belongs to a row is gathered into it, in the row's own order.

use super::{
    CaseRow, Dialect, Filter, MessageRow, OutboxRow, Result, Store,
    filter::{Listed, Sql, part_of},
    order,
    row::{read_case, read_message, read_outbox},
    search::matching,
};
use futures::TryStreamExt;
use sqlx::{Row, any::AnyRow};

/// Between the values of one item, and between items. What is gathered holds no such characters.
pub(super) const UNIT: char = '\u{1f}';
pub(super) const RECORD: char = '\u{1e}';

const CASES: &str = "SELECT c.id, c.number, c.status, c.title, c.unit, c.region, c.channel, c.month, c.batch, c.late, c.revision,
         c.received_ms, c.seal, c.outcome, c.opener, c.campaign, beside.number AS possibly_of, whole.number AS merged_into,
         (SELECT string_agg(cc.category, ';' ORDER BY cc.ordinal) FROM case_category cc WHERE cc.case_id = c.id) AS categories,
         (SELECT string_agg(cf.focus, ';' ORDER BY cf.focus) FROM case_focus cf WHERE cf.case_id = c.id) AS focus_areas";

const DEFECTS: &str = ",
         (SELECT string_agg(d.code || ? || COALESCE(d.field, '') || ? || d.severity || ?";

const SENTENCES: &str = " || replace(d.sentence, ?, ' '), ? ORDER BY d.ordinal)
              FROM defect d WHERE d.case_id = c.id AND d.revision = c.revision) AS defects";

const MESSAGES: &str =
    "SELECT m.id, m.mailbox, m.sha256, m.message_id, m.from_name, m.from_address, m.subject, m.received_ms, m.received_source, m.bytes, m.kind,
         m.disposition, m.because, m.duplicate_of, m.classified, m.attempts, m.last_error, m.campaign,
         (SELECT COUNT(*) FROM outbox a WHERE a.id = m.answer AND a.state NOT IN ('cancelled', 'dead')) AS answered,
         (SELECT p.uid FROM mailbox_position p WHERE p.message = m.id ORDER BY p.id DESC LIMIT 1) AS uid,
         (SELECT string_agg(c.number, ';' ORDER BY c.id) FROM case_record c WHERE c.number IS NOT NULL AND c.id IN (
              SELECT r.case_id FROM revision r WHERE r.message = m.id
              UNION SELECT e.case_id FROM evidence e WHERE e.message = m.id AND e.case_id IS NOT NULL)) AS case_numbers
     FROM message m WHERE 1 = 1";

const OUTBOX: &str = "SELECT o.id, o.kind, o.to_address, o.subject, o.message_id, o.in_reply_to, o.state, o.attempts, o.next_attempt_ms,
         o.last_error, o.answer, o.created_ms, o.sent_ms, o.source_message, o.campaign,
         (SELECT string_agg(c.number, ';' ORDER BY c.id) FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
              WHERE oc.outbox = o.id AND c.number IS NOT NULL) AS case_numbers
     FROM outbox o WHERE 1 = 1";

impl Store {
    /// The ledger. Text is looked for in subject and sender; classified matter is found by no text.
    pub async fn list_messages(&self, filter: &Filter) -> Result<Vec<MessageRow>> {
        self.rows(&ledger(filter), read_message).await
    }

    /// A mail by its row.
    pub async fn message(&self, id: i64) -> Result<Option<MessageRow>> {
        let mut sql = Sql::new(MESSAGES);
        sql.with(" AND m.id = ?", id);
        Ok(self.rows(&sql, read_message).await?.pop())
    }

    /// How long the whole ledger would be.
    pub async fn count_messages(&self, filter: &Filter) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM message m WHERE 1 = 1");
        of_ledger(filter, &mut sql);
        self.count(&sql).await
    }

    /// The backlog. Text is looked for in number and everything that the latest form says.
    pub async fn list_cases(&self, filter: &Filter) -> Result<Vec<CaseRow>> {
        self.index_for(filter).await?;
        self.rows(&backlog(filter, &self.dialect), read_case).await
    }

    /// How long the whole backlog would be.
    pub async fn count_cases(&self, filter: &Filter) -> Result<u64> {
        self.index_for(filter).await?;
        let mut sql = Sql::new("SELECT COUNT(*) FROM case_record c WHERE 1 = 1");
        of_backlog(filter, &self.dialect, &mut sql);
        self.count(&sql).await
    }

    /// The outbox. Text is looked for in recipient and subject.
    pub async fn list_outbox(&self, filter: &Filter) -> Result<Vec<OutboxRow>> {
        self.rows(&outbox(filter), read_outbox).await
    }

    /// A mail of ours by its row.
    pub async fn outbox_row(&self, id: i64) -> Result<Option<OutboxRow>> {
        let mut sql = Sql::new(OUTBOX);
        sql.with(" AND o.id = ?", id);
        Ok(self.rows(&sql, read_outbox).await?.pop())
    }

    /// How long the whole outbox would be.
    pub async fn count_outbox(&self, filter: &Filter) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM outbox o WHERE 1 = 1");
        of_outbox(filter, &mut sql);
        self.count(&sql).await
    }

    /// The campaigns that anything was kept for.
    pub async fn campaigns(&self) -> Result<Vec<String>> {
        let query = sqlx::query_scalar("SELECT campaign FROM mailbox UNION SELECT campaign FROM case_sequence ORDER BY 1");
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// Row by row: a whole list is in memory once, not a second time as the engine gives it.
    pub(super) async fn rows<T>(&self, sql: &Sql, read: fn(&AnyRow) -> Result<T>) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        let mut found = sql.query().fetch(&self.pool);
        while let Some(row) = found.try_next().await? {
            rows.push(read(&row)?);
        }
        Ok(rows)
    }

    pub(super) async fn count(&self, sql: &Sql) -> Result<u64> {
        let row = sql.query().fetch_one(&self.pool).await?;
        Ok(super::from_i64(row.try_get(0)?))
    }

    /// What is found by text must have been indexed first.
    async fn index_for(&self, filter: &Filter) -> Result<()> {
        if filter.text.is_some() { self.index_due().await } else { Ok(()) }
    }
}

const OF_LEDGER: Listed = Listed { among: " AND m.id IN (SELECT m.id FROM message m WHERE 1 = 1", orders: order::MESSAGES, row: "m.id" };
const OF_BACKLOG: Listed = Listed { among: " AND c.id IN (SELECT c.id FROM case_record c WHERE 1 = 1", orders: order::CASES, row: "c.id" };
const OF_OUTBOX: Listed = Listed { among: " AND o.id IN (SELECT o.id FROM outbox o WHERE 1 = 1", orders: order::OUTBOX, row: "o.id" };

fn ledger(filter: &Filter) -> Sql {
    Sql::listed(Sql::new(MESSAGES), &OF_LEDGER, filter, |sql| of_ledger(filter, sql))
}

fn backlog(filter: &Filter, dialect: &Dialect) -> Sql {
    let mut sql = Sql::new(CASES);
    sql.with(DEFECTS, UNIT.to_string()).with(SENTENCES, RECORD.to_string()).push(
        " FROM case_record c LEFT JOIN case_record beside ON beside.id = c.possibly_of
                  LEFT JOIN case_record whole ON whole.id = c.merged_into WHERE 1 = 1",
    );
    Sql::listed(sql, &OF_BACKLOG, filter, |sql| of_backlog(filter, dialect, sql))
}

fn outbox(filter: &Filter) -> Sql {
    Sql::listed(Sql::new(OUTBOX), &OF_OUTBOX, filter, |sql| of_outbox(filter, sql))
}

fn of_ledger(filter: &Filter, sql: &mut Sql) {
    // A mail is `received` until it ends with a disposition, an inquiry `unanswered` until somebody has answered.
    match filter.status.as_deref() {
        Some("received") => drop(sql.push(" AND m.state = 'received'")),
        // What was taken back, or didn't reach anybody, is no answer.
        Some("unanswered") => drop(sql.push(
            " AND m.disposition = 'inquiry'
               AND NOT EXISTS (SELECT 1 FROM outbox a WHERE a.id = m.answer AND a.state NOT IN ('cancelled', 'dead'))",
        )),
        status => drop(sql.when(" AND m.disposition = ?", status)),
    }
    filter.of_messages(sql);
}

pub(super) fn of_backlog(filter: &Filter, dialect: &Dialect, sql: &mut Sql) {
    sql.when(" AND c.status = ?", filter.status.as_deref())
        .when(" AND c.received_ms >= ?", filter.since)
        .when(" AND c.received_ms < ?", filter.until)
        .when(" AND c.campaign = ?", filter.campaign.as_deref());
    if let Some(text) = filter.text.as_deref() {
        matching(dialect, text, sql);
    }
    filter.of_cases(sql);
}

fn of_outbox(filter: &Filter, sql: &mut Sql) {
    sql.when(" AND o.state = ?", filter.status.as_deref())
        .when(" AND o.created_ms >= ?", filter.since)
        .when(" AND o.created_ms < ?", filter.until)
        .when(
            " AND o.id IN (SELECT t.id FROM outbox t WHERE lower(t.to_address) LIKE ? ESCAPE '!' OR lower(t.subject) LIKE ? ESCAPE '!')",
            filter.text.as_deref().map(part_of),
        )
        .when(" AND o.campaign = ?", filter.campaign.as_deref());
    if filter.is_about_cases() {
        sql.push(" AND o.id IN (SELECT oc.outbox FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id WHERE 1 = 1");
        filter.of_cases(sql);
        sql.push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::store::{Direction, SortKey};

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
            ("region", with(|f| f.region = Some("十堰市".into())), [2, 2, 2]),
            ("region", with(|f| f.region = Some("武汉市".into())), [0, 0, 0]),
            ("channel", with(|f| f.channel = Some("local".into())), [0, 0, 0]),
            ("category", with(|f| f.category = Some("metrology".into())), [2, 2, 2]),
            ("category", with(|f| f.category = Some("standards".into())), [0, 0, 0]),
            ("focus", with(|f| f.focus = Some("small_business".into())), [2, 2, 2]),
            ("focus", with(|f| f.focus = Some("trade".into())), [0, 0, 0]),
            ("unit", with(|f| f.unit = Some("计量".into())), [1, 1, 1]),
            ("seal", with(|f| f.seal = Some("unverified".into())), [2, 2, 2]),
            ("late", with(|f| f.late = Some(true)), [0, 0, 0]),
            ("region", with(|f| f.region = Some("unknown".into())), [0, 0, 0]),
            ("overdue", with(|f| f.overdue = Some(vec![1, 2])), [0, 0, 0]),
            ("overdue", with(|f| f.overdue = Some(Vec::new())), [0, 0, 0]),
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
    async fn a_limited_list_is_the_beginning_of_the_whole_one_in_every_order() {
        let (_dir, store) = store().await;
        for n in 1..=7 {
            open(&store, n, &format!("h{n}"), &format!("第{}所", n * 5 % 7), &format!("题目{}", n * 3 % 7), &format!("1990000000{n}"))
                .await;
        }
        for direction in [Direction::Ascending, Direction::Descending] {
            let by = |key: &str| Filter { sort: vec![SortKey { key: key.into(), direction }], ..Filter::default() };
            let cut = |filter: &Filter| Filter { limit: Some(3), ..filter.clone() };
            for filter in order::CASES.iter().map(|(key, _)| by(key)) {
                let whole = store.list_cases(&filter).await.unwrap();
                assert_eq!(store.list_cases(&cut(&filter)).await.unwrap(), whole[..3], "{filter:?}");
            }
            for filter in order::MESSAGES.iter().map(|(key, _)| by(key)) {
                let whole = store.list_messages(&filter).await.unwrap();
                assert_eq!(store.list_messages(&cut(&filter)).await.unwrap(), whole[..3], "{filter:?}");
            }
            for filter in order::OUTBOX.iter().map(|(key, _)| by(key)) {
                let whole = store.list_outbox(&filter).await.unwrap();
                assert_eq!(store.list_outbox(&cut(&filter)).await.unwrap(), whole[..3], "{filter:?}");
            }
        }
    }

    /// What SQLite does for a statement, a line for each table that it goes through.
    async fn plan(store: &Store, sql: &Sql) -> Vec<String> {
        let rows = sql.explained().fetch_all(&store.pool).await.unwrap();
        rows.iter().map(|row| row.try_get("detail").unwrap()).collect()
    }

    #[tokio::test]
    async fn no_list_goes_through_all_cases_where_an_index_leads_to_them() {
        let (_dir, store) = file().await;
        let narrowed = [
            with(|f| f.status = Some("queued".into())),
            with(|f| f.window = Some("2023-06".into())),
            with(|f| f.batch = Some("2023-H1".into())),
            with(|f| f.region = Some("十堰市".into())),
            with(|f| f.category = Some("metrology".into())),
            with(|f| f.focus = Some("trade".into())),
            with(|f| (f.since, f.until) = (Some(jiff::Timestamp::UNIX_EPOCH), Some(jiff::Timestamp::UNIX_EPOCH))),
            with(|f| f.text = Some("光电子".into())),
            with(|f| f.case = Some(1)),
        ];
        let names = |table: &str, of: &str| table.split_whitespace().nth(1) == Some(of) && table.starts_with("SCAN");
        for filter in &narrowed {
            let cases = plan(&store, &backlog(filter, &store.dialect)).await;
            assert!(!cases.iter().any(|line| names(line, "c")), "{filter:?}: {cases:#?}");
            let replies = plan(&store, &outbox(filter)).await;
            let mails = plan(&store, &ledger(filter)).await;
            assert!(!replies.iter().any(|line| names(line, "o") || names(line, "c")), "{filter:?}: {replies:#?}");
            assert!(!mails.iter().any(|line| names(line, "m") || names(line, "c")), "{filter:?}: {mails:#?}");
            // Subjects are read through, but nothing else of the rows.
            let read_through = replies.iter().chain(&mails).filter(|line| names(line, "t"));
            assert!(read_through.clone().all(|line| line.contains("COVERING INDEX")), "{filter:?}: {replies:#?} {mails:#?}");
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
