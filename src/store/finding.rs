//! What was found in a mail: its defects, and the files that came with it.

use super::rows::{Insert, Statement};
use super::{Result, Transaction, text, to_i64};
use crate::model::{
    defect::{Defect, Severity},
    reading::Evidence,
};

/// The case and revision that a finding belongs to.
pub(super) type Owner = Option<(i64, u32)>;

const EVIDENCE: Insert = Insert {
    into: "INSERT INTO evidence (message, form_index, ordinal, case_id, revision, name, media_type, bytes, sha256, role)",
    row: "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    values: 10,
    then: "ON CONFLICT (message, form_index, ordinal) DO NOTHING",
};
const DEFECT: Insert = Insert {
    into: "INSERT INTO defect (message, form_index, ordinal, case_id, revision, code, field, severity, sentence)",
    row: "($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    values: 9,
    then: "ON CONFLICT (message, form_index, ordinal) DO NOTHING",
};

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
        let place = Place { message, form_index, case };
        let rows = evidence.iter().enumerate().map(|(ordinal, item)| {
            let (name, media_type) = (text(&item.name), text(&item.media_type));
            let (bytes, sha256, role) = (to_i64(item.bytes), item.sha256.clone(), item.role.as_str());
            move |row| place.bound(row, ordinal).bind(name).bind(media_type).bind(bytes).bind(sha256).bind(role)
        });
        self.insert_later(&EVIDENCE, rows).await
    }

    /// Repeating it changes nothing: (message, form_index, ordinal) is the primary key.
    pub(super) async fn add_defects(&mut self, message: i64, form_index: Option<usize>, case: Owner, defects: &[Defect]) -> Result<()> {
        let place = Place { message, form_index, case };
        let rows = defects.iter().enumerate().map(|(ordinal, defect)| {
            let (code, field) = (defect.code.as_str(), defect.field.clone());
            let (severity, sentence) = (severity(defect.severity), text(&defect.message));
            move |row| place.bound(row, ordinal).bind(code).bind(field).bind(severity).bind(sentence)
        });
        self.insert_later(&DEFECT, rows).await
    }
}

/// What a finding belongs to.
#[derive(Clone, Copy)]
struct Place {
    message: i64,
    form_index: Option<usize>,
    case: Owner,
}

impl Place {
    fn bound(self, row: Statement, ordinal: usize) -> Statement {
        row.bind(self.message)
            .bind(form_key(self.form_index))
            .bind(to_i64(ordinal))
            .bind(self.case.map(|(case, _)| case))
            .bind(self.case.map(|(_, revision)| i64::from(revision)))
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
