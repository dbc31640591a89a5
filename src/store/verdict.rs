//! The one end of every mail: its disposition, with what was read from it.

use super::rows::{Insert, Statement};
use super::{Result, StoreError, Transaction, text};
use crate::model::{
    decision::Disposition,
    defect::DefectCode,
    reading::{Intake, Reading},
};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

/// A hostile mail may name any number of others; the newest are enough.
const MOST_ANSWERS: usize = 50;

/// Repeating it changes nothing: (message, answered) is the primary key.
const ANSWER: Insert =
    Insert { into: "INSERT INTO message_answer (message, answered)", row: "($1, $2)", values: 2, then: "ON CONFLICT DO NOTHING" };

/// How one mail ends.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    /// Its row.
    pub message: i64,
    /// The end.
    pub disposition: Disposition,
    /// Why, in a sentence for people.
    pub because: &'a str,
    /// The earlier mail that it repeats.
    pub duplicate_of: Option<i64>,
    /// What was read; none where reading failed.
    pub intake: Option<&'a Intake>,
}

impl Transaction {
    /// Ends a mail. False where it had ended already: somebody else judged it, and the caller rolls back.
    /// Repeating it changes nothing: the row's `state` leaves `received` once.
    pub async fn set_disposition(&mut self, verdict: &Verdict<'_>) -> Result<bool> {
        let reading = verdict.intake.map(Columns::of).transpose()?;
        let sql = format!(
            "UPDATE message SET state = 'done', disposition = $2, because = $3, duplicate_of = $4,
                 lease_owner = NULL, lease_until_ms = 0{}
             WHERE id = $1 AND state = 'received'",
            if reading.is_some() { READING } else { "" },
        );
        let update = sqlx::query(AssertSqlSafe(sql))
            .bind(verdict.message)
            .bind(verdict.disposition.as_str())
            .bind(text(verdict.because))
            .bind(verdict.duplicate_of);
        let update = match reading {
            Some(reading) => reading.bound(update),
            None => update,
        };
        let is_first = update.execute(self.connection()).await?.rows_affected() == 1;
        if let (true, Some(intake)) = (is_first, verdict.intake) {
            self.set_answers(verdict.message, &intake.thread.answers).await?;
            self.add_defects(verdict.message, None, None, &intake.reading.defects).await?;
        }
        Ok(is_first)
    }

    /// Puts a mail in quarantine without having read it.
    pub async fn quarantine(&mut self, message: i64, because: &str) -> Result<bool> {
        self.set_disposition(&Verdict { message, disposition: Disposition::Quarantined, because, duplicate_of: None, intake: None }).await
    }

    /// Keeps an earlier mail out of every search, list and backup: what looks classified was found when its archive was opened.
    pub async fn classify(&mut self, sha256: &str) -> Result<()> {
        sqlx::query("UPDATE message SET classified = 1 WHERE sha256 = $1").bind(sha256).execute(self.connection()).await?;
        Ok(())
    }

    /// Which mails it answers.
    async fn set_answers(&mut self, message: i64, answers: &[String]) -> Result<()> {
        let answers = answers.iter().take(MOST_ANSWERS).map(|answered| format!("<{}>", text(answered.trim().trim_matches(['<', '>']))));
        self.insert_all(&ANSWER, answers, |row, answered| row.bind(message).bind(answered)).await
    }
}

/// What was read of a mail, as its row has it.
struct Columns<'a> {
    intake: &'a Intake,
    reading: String,
    clocks: String,
}

/// From the fifth value on.
const READING: &str =
    ", stable_sha256 = $5, message_id = $6, from_address = $7, from_name = $8, subject = $9, kind = $10, classified = $11,
                 reading = $12, received_ms = COALESCE(CAST($13 AS BIGINT), received_ms), received_source = $14, clocks = $15,
                 authentication = $16";

impl Columns<'_> {
    fn of(intake: &Intake) -> Result<Columns<'_>> {
        let fault = |what| move |source| StoreError::Row { what, source };
        let reading = serde_json::to_string(&intake.reading).map_err(fault("reading"))?;
        Ok(Columns { intake, reading, clocks: serde_json::to_string(&intake.clocks).map_err(fault("clocks"))? })
    }

    fn bound(self, update: Statement) -> Statement {
        let reading = &self.intake.reading;
        // A file has no server's time: what its header said is what it was judged by.
        let received = reading.message.received_at.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
        update
            .bind(self.intake.thread.stable_sha256.clone())
            .bind(reading.message.message_id.as_deref().map(text))
            .bind(text(&reading.message.from.address))
            .bind(reading.message.from.name.as_deref().map(text))
            .bind(text(&reading.message.subject))
            .bind(reading.kind.as_str())
            .bind(i64::from(is_classified(reading)))
            .bind(self.reading)
            .bind(received)
            .bind(self.intake.clocks.source.as_str())
            .bind(self.clocks)
            .bind(self.intake.thread.authentication.as_str())
    }
}

/// A marking of classified matter keeps a mail out of every search.
fn is_classified(reading: &Reading) -> bool {
    let of_cases = reading.cases.iter().flat_map(|case| &case.defects);
    reading.defects.iter().chain(of_cases).any(|defect| defect.code == DefectCode::MessageClassified)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::{model::defect::*, store::Filter};

    #[tokio::test]
    async fn a_mail_ends_once() {
        let (_dir, store) = store().await;
        let id = receive(&store, 1, "a").await;
        let intake = intake("a", "u@example.com", vec![]);
        let mut tx = store.begin().await.unwrap();
        let verdict =
            Verdict {
                message: id, disposition: Disposition::Guidance, because: "没有申报表", duplicate_of: None, intake: Some(&intake)
            };
        assert!(tx.set_disposition(&verdict).await.unwrap());
        assert!(!tx.quarantine(id, "x").await.unwrap());
        tx.commit().await.unwrap();
        let row = store.list_messages(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.disposition.as_deref(), row.because.as_str()), (Some("guidance"), "没有申报表"));
        assert_eq!((row.from.address.as_str(), row.kind.as_deref()), ("u@example.com", Some("submission")));
    }

    #[tokio::test]
    async fn classified_matter_is_found_by_no_search() {
        let (_dir, store) = store().await;
        let id = receive(&store, 1, "a").await;
        let mut intake = intake("a", "u@example.com", vec![]);
        intake.reading.defects.push(Defect {
            code: DefectCode::MessageClassified,
            field: None,
            severity: Severity::Check,
            message: "疑似涉密".into(),
        });
        let mut tx = store.begin().await.unwrap();
        let verdict =
            Verdict { message: id, disposition: Disposition::Quarantined, because: "", duplicate_of: None, intake: Some(&intake) };
        tx.set_disposition(&verdict).await.unwrap();
        tx.commit().await.unwrap();
        let found = |text: Option<&str>| Filter { text: text.map(String::from), ..Filter::default() };
        assert_eq!(store.list_messages(&found(Some("example"))).await.unwrap().len(), 0);
        assert_eq!(store.list_messages(&found(None)).await.unwrap().len(), 1);
    }
}
