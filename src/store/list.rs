//! The lists of the command line: mails, cases and our own mails, narrowed by a [`Filter`].
//!
//! Mails come in order of receipt, cases in order of opening, our mails in order of queueing. A list is
//! whole unless it is limited.

use super::{
    CaseRow, Filter, MessageRow, OutboxRow, Result, Store,
    filter::{case_conditions, message_columns, message_conditions, no_case_conditions},
    row::{CaseValues, DefectRow, read_case, read_defect, read_message, read_outbox},
};
use sqlx::{Any, Row};
use std::collections::BTreeMap;

impl Store {
    /// The ledger. Text is looked for in subject and sender; classified matter is found by no text.
    pub async fn list_messages(&self, filter: &Filter) -> Result<Vec<MessageRow>> {
        let query = sqlx::query(concat!(
            "SELECT ",
            message_columns!(),
            ", m.kind, m.disposition, m.duplicate_of FROM message m
             WHERE (CAST($1 AS TEXT) IS NULL OR m.disposition = $1 OR m.state = $1) AND ",
            message_conditions!(),
            " ORDER BY m.id LIMIT $13"
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
                 c.received_ms, c.seal, c.outcome, c.opener, c.campaign, beside.number AS possibly_of, whole.number AS merged_into
             FROM case_record c
             LEFT JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             LEFT JOIN message m ON m.id = r.message
             LEFT JOIN case_record beside ON beside.id = c.possibly_of
             LEFT JOIN case_record whole ON whole.id = c.merged_into
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
