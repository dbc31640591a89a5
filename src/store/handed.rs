//! What came by hand: by WeChat, the office's own system, fax or on paper, and was entered as if it were a mail.

use super::{Result, Transaction, from_i64, row};
use crate::model::reading::WindowPlace;
use sqlx::Row;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedMail {
    /// Its end; none where it was entered before and has one already.
    pub disposition: String,
    /// Why, in a sentence.
    pub because: String,
    /// The cases that it opened or changed.
    pub cases: Vec<HandedCase>,
}

/// One of its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedCase {
    /// Its row.
    pub id: i64,
    /// Its number; none of a possible revision.
    pub number: Option<String>,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Its state.
    pub status: String,
    /// The revision that it has from now on.
    pub revision: u32,
    /// Where it stands.
    pub place: WindowPlace,
    /// What is wrong: whose turn it is, and the sentence.
    pub defects: Vec<(String, String)>,
}

impl Transaction {
    /// By whose clock it came: a person said so.
    pub async fn set_received_by_person(&mut self, message: i64) -> Result<()> {
        let query = sqlx::query("UPDATE message SET received_source = 'person' WHERE id = $1").bind(message);
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// Whether a mail waits to be judged.
    pub async fn is_unjudged(&mut self, message: i64) -> Result<bool> {
        let query = sqlx::query_scalar::<_, String>("SELECT state FROM message WHERE id = $1").bind(message);
        Ok(query.fetch_one(self.connection()).await? == "received")
    }

    /// What became of a mail that was judged in this transaction.
    pub async fn handed(&mut self, message: i64) -> Result<HandedMail> {
        let query = sqlx::query("SELECT COALESCE(disposition, '') AS disposition, because FROM message WHERE id = $1").bind(message);
        let mail = query.fetch_one(self.connection()).await?;
        let query = sqlx::query(
            "SELECT c.id, c.number, c.title, c.unit, c.status, c.revision, c.month, c.batch, c.late FROM case_record c
             WHERE c.id IN (SELECT case_id FROM revision WHERE message = $1
                            UNION SELECT case_id FROM evidence WHERE message = $1 AND case_id IS NOT NULL) ORDER BY c.id",
        );
        let mut cases = Vec::new();
        for case in query.bind(message).fetch_all(self.connection()).await? {
            let (id, revision): (i64, i64) = (case.try_get("id")?, case.try_get("revision")?);
            let query = sqlx::query_as("SELECT severity, sentence FROM defect WHERE case_id = $1 AND revision = $2 ORDER BY ordinal");
            let defects = query.bind(id).bind(revision).fetch_all(self.connection()).await?;
            cases.push(HandedCase {
                id,
                number: case.try_get("number")?,
                title: case.try_get("title")?,
                unit: case.try_get("unit")?,
                status: case.try_get("status")?,
                revision: from_i64(revision),
                place: row::place(&case)?,
                defects,
            });
        }
        Ok(HandedMail { disposition: mail.try_get("disposition")?, because: mail.try_get("because")?, cases })
    }
}
