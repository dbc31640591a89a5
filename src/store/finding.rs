//! What was found in a mail: its defects, and the files that came with it.

use super::{Result, Transaction, text, to_i64};
use crate::model::{
    defect::{Defect, Severity},
    reading::Evidence,
};

/// The case and revision that a finding belongs to.
pub(super) type Owner = Option<(i64, u32)>;

impl Transaction {
    /// Files of a mail: of its `form_index`-th form, or of none of them; `case` is the case (and revision)
    /// that they belong to, if to one. Repeating it changes nothing: (message, form_index, ordinal) is the
    /// primary key.
    pub async fn add_evidence(
        &mut self,
        message: i64,
        form_index: Option<usize>,
        case: Option<(i64, u32)>,
        evidence: &[Evidence],
    ) -> Result<()> {
        for (ordinal, item) in evidence.iter().enumerate() {
            sqlx::query(
                "INSERT INTO evidence (message, form_index, ordinal, case_id, revision, name, media_type, bytes, sha256, role)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (message, form_index, ordinal) DO NOTHING",
            )
            .bind(message)
            .bind(form_key(form_index))
            .bind(to_i64(ordinal))
            .bind(case.map(|(case, _)| case))
            .bind(case.map(|(_, revision)| i64::from(revision)))
            .bind(text(&item.name))
            .bind(text(&item.media_type))
            .bind(to_i64(item.bytes))
            .bind(&item.sha256)
            .bind(item.role.as_str())
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// Repeating it changes nothing: (message, form_index, ordinal) is the primary key.
    pub(super) async fn add_defects(&mut self, message: i64, form_index: Option<usize>, case: Owner, defects: &[Defect]) -> Result<()> {
        for (ordinal, defect) in defects.iter().enumerate() {
            sqlx::query(
                "INSERT INTO defect (message, form_index, ordinal, case_id, revision, code, field, severity, sentence)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (message, form_index, ordinal) DO NOTHING",
            )
            .bind(message)
            .bind(form_key(form_index))
            .bind(to_i64(ordinal))
            .bind(case.map(|(case, _)| case))
            .bind(case.map(|(_, revision)| i64::from(revision)))
            .bind(defect.code.as_str())
            .bind(defect.field.as_deref())
            .bind(severity(defect.severity))
            .bind(text(&defect.message))
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}

/// -1 stands for what belongs to no single form, so that the key has no NULL.
fn form_key(form_index: Option<usize>) -> i64 {
    form_index.map_or(-1, to_i64)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Correct => "correct",
        Severity::Check => "check",
    }
}
