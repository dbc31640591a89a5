//! What the record knows that bears on one mail: the mail that it repeats, and the cases that it may mean.
//!
//! A case is found by one of our mails or one of its own that this one answers, by its number, by unit and
//! title, or by unit and a contact's phone. Whether the sender may revise it is not decided here.

use super::{
    Result, StoreError, Transaction,
    case::{key, phones},
    from_i64, row,
    rows::values,
};
use crate::model::{
    decision::{Context, KnownCase},
    message::Kind,
    reading::{CaseReading, CaseTrace, Intake},
};
use sqlx::{Any, AssertSqlSafe, Row};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A hostile mail may name any number of others; the newest are enough.
const MOST: usize = 50;

/// How a case was found.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    in_thread: bool,
    mentioned: bool,
    same_sender: bool,
}

impl Transaction {
    /// The context that a mail is decided in. `message` is its row, which is never found as its own twin.
    pub async fn context(&mut self, intake: &Intake, campaign: &str, message: i64) -> Result<Context> {
        let mut found: BTreeMap<i64, Found> = BTreeMap::new();
        if !intake.thread.answers.is_empty() {
            self.written().await?;
        }
        for answered in intake.thread.answers.iter().take(MOST) {
            for case in self.cases_in_thread(campaign, answered).await? {
                found.entry(case).or_default().in_thread = true;
            }
        }
        for number in intake.thread.mentions.iter().take(MOST) {
            for case in self.cases_numbered(campaign, number).await? {
                found.entry(case).or_default().mentioned = true;
            }
        }
        let roster =
            if intake.reading.cases.iter().any(|case| case.unit.is_some()) { self.roster(campaign).await? } else { Arc::default() };
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for reading in &intake.reading.cases {
            let keys = reading.unit.as_deref().map(|unit| roster.keys(unit)).unwrap_or_default();
            for unit in &keys {
                for case in self.cases_alike(campaign, unit, reading).await? {
                    found.entry(case).or_default();
                }
            }
            if let Some((today, others)) = keys.split_first() {
                renamed.extend(others.iter().map(|other| (other.clone(), today.clone())));
            }
        }
        // Files without a form, or its scan alone, say nothing of whose they are; nor does a password. All that came by hand has
        // one sender, which is the office.
        let unnamed = intake.reading.cases.iter().all(|reading| reading.title.is_none() && reading.unit.is_none());
        let brings_files = matches!(intake.reading.kind, Kind::Submission | Kind::Supplement);
        if (unnamed && brings_files || !intake.thread.passwords.is_empty()) && intake.thread.handed_for.is_none() {
            for case in self.cases_of_sender(campaign, &intake.reading.message.from.address).await? {
                found.entry(case).or_default().same_sender = true;
            }
        }
        if !found.is_empty() {
            self.written().await?;
        }
        let mut cases = Vec::with_capacity(found.len());
        for (case, found) in found {
            let mut known = self.known_case(case, found).await?;
            // By the roster both names are one unit's: it is known as this mail calls it.
            if let Some(name) = renamed.get(&known.unit_key) {
                known.unit_key.clone_from(name);
            }
            cases.push(known);
        }
        let (is_ours, duplicate_of) = self.seen_before(intake, campaign, message).await?;
        Ok(Context { duplicate_of, is_ours, cases, opened: None })
    }

    /// The mail whose archive wants a password, where a case's latest form lies in such a mail. What was opened in part is a
    /// person's.
    async fn shut_mail(&mut self, case: i64, revision: u32) -> Result<Option<String>> {
        let query = sqlx::query(
            "SELECT CASE WHEN m.part = 'whole' AND m.classified = 0 THEN m.sha256 END AS sha256, r.trace,
                 (SELECT COUNT(*) FROM defect d WHERE d.code = 'archive.encrypted'
                  AND (d.case_id = $1 AND d.revision = $2 OR d.case_id IS NULL AND d.message = r.message)) AS shut
             FROM revision r JOIN message m ON m.id = r.message
             WHERE r.case_id = $1 AND r.revision <= $2 AND m.disposition <> 'supplement' ORDER BY r.revision DESC LIMIT 1",
        );
        let Some(row) = query.bind(case).bind(i64::from(revision)).fetch_optional(self.connection()).await? else { return Ok(None) };
        let trace: CaseTrace = serde_json::from_str(row.try_get("trace")?).map_err(|source| StoreError::Row { what: "trace", source })?;
        let is_shut = row.try_get::<i64, _>("shut")? > 0 && trace.opened.is_none();
        Ok(row.try_get::<Option<String>, _>("sha256")?.filter(|_| is_shut))
    }

    /// Whether it is one of ours, and the mail that it repeats.
    ///
    /// Our Message-IDs can't be guessed, so whatever bears one has been sent by us. A twin that was itself held, skipped or a
    /// duplicate says nothing about this mail. The sender is compared without case, and a mail without Message-ID with others
    /// that have none.
    async fn seen_before(&mut self, intake: &Intake, campaign: &str, message: i64) -> Result<(bool, Option<i64>)> {
        let query = sqlx::query_as::<Any, (Option<i64>, Option<i64>)>(
            "SELECT (SELECT id FROM outbox WHERE message_id = $2),
                 (SELECT id FROM message
                  WHERE stable_sha256 = $1 AND COALESCE(message_id, '') = $2 AND lower(from_address) = $3
                    AND campaign = $4 AND id <> $5 AND state = 'done'
                    AND disposition NOT IN ('quarantined', 'skipped', 'duplicate')
                  ORDER BY id LIMIT 1)",
        );
        let summary = &intake.reading.message;
        let query = query
            .bind(&intake.thread.stable_sha256)
            .bind(super::text(summary.message_id.as_deref().unwrap_or_default()))
            .bind(super::text(&summary.from.address.to_ascii_lowercase()))
            .bind(campaign)
            .bind(message);
        let (ours, twin) = query.fetch_one(self.connection()).await?;
        Ok((ours.is_some(), twin))
    }

    async fn cases_in_thread(&mut self, campaign: &str, answered: &str) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar::<Any, i64>(
            "SELECT c.id FROM outbox o
             JOIN outbox_case oc ON oc.outbox = o.id JOIN case_record c ON c.id = oc.case_id
             WHERE o.message_id = $1 AND o.kind <> 'referral' AND c.campaign = $2 AND c.status <> 'merged'
             UNION
             SELECT c.id FROM message m JOIN revision r ON r.message = m.id JOIN case_record c ON c.id = r.case_id
             WHERE m.message_id = $1 AND c.campaign = $2 AND c.status <> 'merged'
             UNION
             SELECT c.id FROM message m JOIN evidence e ON e.message = m.id JOIN case_record c ON c.id = e.case_id
             WHERE m.message_id = $1 AND c.campaign = $2 AND c.status <> 'merged'",
        );
        let answered = format!("<{}>", super::text(answered.trim().trim_matches(['<', '>'])));
        Ok(query.bind(answered).bind(campaign).fetch_all(self.connection()).await?)
    }

    async fn cases_numbered(&mut self, campaign: &str, number: &str) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar("SELECT id FROM case_record WHERE number = $1 AND campaign = $2 AND status <> 'merged'");
        Ok(query.bind(super::text(number)).bind(campaign).fetch_all(self.connection()).await?)
    }

    /// The newest cases that an address opened.
    async fn cases_of_sender(&mut self, campaign: &str, sender: &str) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar(
            "SELECT id FROM case_record
             WHERE lower(opener) = $1 AND opener <> '' AND campaign = $2 AND number IS NOT NULL AND status NOT IN ('merged', 'withdrawn')
             ORDER BY id DESC LIMIT $3",
        );
        let query = query.bind(super::text(&sender.to_ascii_lowercase())).bind(campaign).bind(super::to_i64(MOST));
        Ok(query.fetch_all(self.connection()).await?)
    }

    /// The same unit, with the same title or a contact's phone. A withdrawn case is applied with anew.
    async fn cases_alike(&mut self, campaign: &str, unit: &str, reading: &CaseReading) -> Result<Vec<i64>> {
        if unit.is_empty() {
            return Ok(Vec::new());
        }
        let phones: Vec<&str> = phones(reading).into_iter().take(MOST).collect();
        let by_phone = match phones.len() {
            0 => String::new(),
            count => format!(
                " UNION SELECT c.id FROM case_record c JOIN case_phone p ON p.case_id = c.id
                 WHERE p.phone IN ({}) AND c.campaign = $1 AND c.unit_key = $2 AND c.status NOT IN ('merged', 'withdrawn')",
                values(4, count)
            ),
        };
        let query = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT id FROM case_record
             WHERE campaign = $1 AND unit_key = $2 AND title_key = $3 AND title_key <> '' AND status NOT IN ('merged', 'withdrawn'){by_phone}"
        )));
        let query = query.bind(campaign.to_owned()).bind(unit.to_owned()).bind(key(reading.title.as_deref()));
        let query = phones.into_iter().fold(query, |query, phone| query.bind(super::text(phone)));
        Ok(query.fetch_all(self.connection()).await?)
    }

    async fn known_case(&mut self, id: i64, found: Found) -> Result<KnownCase> {
        let query = sqlx::query_scalar("SELECT phone FROM case_phone WHERE case_id = $1 ORDER BY phone");
        let phones = query.bind(id).fetch_all(self.connection()).await?;
        let row = sqlx::query(
            "SELECT number, opener, unit_key, title_key, revision, title, unit, seal, month, batch, late FROM case_record WHERE id = $1",
        )
        .bind(id)
        .fetch_one(self.connection())
        .await?;
        let revision = from_i64(row.try_get("revision")?);
        Ok(KnownCase {
            id,
            shut: self.shut_mail(id, revision).await?,
            number: row.try_get("number")?,
            opener: row.try_get("opener")?,
            unit_key: row.try_get("unit_key")?,
            title_key: row.try_get("title_key")?,
            phones,
            in_thread: found.in_thread,
            mentioned: found.mentioned,
            same_sender: found.same_sender,
            lacks_seal: row.try_get::<String, _>("seal")? == "absent",
            revision,
            title: row.try_get("title")?,
            unit: row.try_get("unit")?,
            place: row::place(&row)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::model::decision::{Context, Disposition};
    use crate::model::reading::Intake;
    use crate::model::roster::{Roster, RosterUnit};
    use crate::store::{Store, Verdict};

    const UNIT: &str = "某市计量院";
    const PHONE: &str = "19900000001";

    async fn context(store: &Store, intake: &Intake, message: i64) -> Context {
        store.begin().await.unwrap().context(intake, "2023", message).await.unwrap()
    }

    #[tokio::test]
    async fn a_case_is_found_by_its_thread() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", UNIT, "题目", PHONE).await;
        for (answered, found) in [("<a@example.com>", true), ("reply-a@zhihui", true), ("<other@example.com>", false)] {
            let mut mail = intake("b", "x@example.com", vec![]);
            mail.thread.answers = vec!["<unknown@x>".into(), answered.into()];
            let cases = context(&store, &mail, 0).await.cases;
            assert_eq!(
                cases.iter().map(|c| (c.id, c.in_thread, c.mentioned)).collect::<Vec<_>>(),
                match found {
                    true => vec![(case, true, false)],
                    false => vec![],
                }
            );
        }
    }

    #[tokio::test]
    async fn a_case_is_found_by_its_number() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", UNIT, "题目", PHONE).await;
        let mut mail = intake("b", "x@example.com", vec![]);
        mail.thread.mentions = vec!["JCZH-2023-9999".into(), number.clone()];
        let cases = context(&store, &mail, 0).await.cases;
        assert_eq!(cases.len(), 1);
        let known = &cases[0];
        assert_eq!((known.id, known.mentioned, known.in_thread, known.number.as_ref()), (case, true, false, Some(&number)));
        assert_eq!((known.opener.as_str(), known.revision, known.phones.as_slice()), ("a@unit.example", 1, &[PHONE.to_owned()][..]));
        let other = store.begin().await.unwrap().context(&mail, "2024", 0).await.unwrap();
        assert!(other.cases.is_empty(), "another campaign's cases are not meant");
    }

    #[tokio::test]
    async fn a_case_is_found_by_unit_with_title_or_phone_but_not_by_one_alone() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", UNIT, "题目", PHONE).await;
        for (unit, title, phone, found) in [
            ("某市 计量院", "题 目。", "19900000002", true),
            (UNIT, "别的题目", PHONE, true),
            (UNIT, "别的题目", "19900000002", false),
            ("别的单位", "题目", PHONE, false),
            ("", "题目", PHONE, false),
        ] {
            let mail = intake("b", "x@example.com", vec![parts(unit, title, phone).0]);
            let cases: Vec<_> = context(&store, &mail, 0).await.cases.iter().map(|c| c.id).collect();
            assert_eq!(cases, if found { vec![case] } else { vec![] }, "{unit} {title} {phone}");
        }
    }

    #[tokio::test]
    async fn a_case_of_a_renamed_unit_is_found_by_the_roster() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", UNIT, "题目", PHONE).await;
        let mail = intake("b", "x@example.com", vec![parts("某市质量中心", "题目", "").0]);
        assert!(context(&store, &mail, 0).await.cases.is_empty());
        let unit = RosterUnit { name: "某市质量中心".into(), former: vec![UNIT.into()], ..RosterUnit::default() };
        store.import_roster(crate::store::roster::ALL, &Roster { units: vec![unit], ..Roster::default() }, &by(1)).await.unwrap();
        let known = context(&store, &mail, 0).await.cases.remove(0);
        assert_eq!((known.id, known.unit_key.as_str()), (case, "某市质量中心"));
    }

    #[tokio::test]
    async fn forms_without_a_title_are_not_alike_for_that() {
        let (_dir, store) = store().await;
        open(&store, 1, "a", UNIT, "", PHONE).await;
        let mail = intake("b", "x@example.com", vec![parts(UNIT, "", "19900000002").0]);
        assert!(context(&store, &mail, 0).await.cases.is_empty());
    }

    #[tokio::test]
    async fn a_duplicate_has_the_same_bytes_message_id_and_sender() {
        let (_dir, store) = store().await;
        let first = receive(&store, 1, "a").await;
        let second = receive(&store, 2, "a again").await;
        let mail = intake("a", "U@example.com", vec![]);
        let mut tx = store.begin().await.unwrap();
        let verdict = Verdict { message: first, disposition: Disposition::Inquiry, because: "", duplicate_of: None, intake: Some(&mail) };
        tx.set_disposition(&verdict).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(context(&store, &intake("a", "u@example.com", vec![]), second).await.duplicate_of, Some(first));
        assert_eq!(context(&store, &mail, first).await.duplicate_of, None, "no mail repeats itself");
        assert_eq!(context(&store, &intake("a", "v@example.com", vec![]), second).await.duplicate_of, None);
        let mut other = mail.clone();
        other.thread.stable_sha256 = "other".into();
        assert_eq!(context(&store, &other, second).await.duplicate_of, None, "other content is judged like any mail");
    }
}
