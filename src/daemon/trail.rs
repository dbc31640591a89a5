//! What recording a mail leaves in the audit log: an entry for each case that it changes, and for a mail that is held.

use crate::model::audit::{Act, By, Entry};
use crate::model::decision::{Decision, Disposition};
use crate::model::defect::DefectCode;
use crate::model::reading::Intake;
use crate::store::CaseEntry;
use serde_json::json;

/// A case was opened or changed. `revision` is the one that the mail gave it; none where it only added files.
pub(super) fn case(act: Act, (id, number): (i64, Option<&str>), revision: Option<u32>, entry: &CaseEntry<'_>, now_ms: i64) -> Entry {
    let subject = number.map_or_else(|| format!("case/{id}"), |number| format!("case/{number}"));
    let detail = json!({
        "message": entry.message,
        "revision": revision,
        "status": entry.status.as_str(),
        "month": entry.place.month,
        "batch": entry.place.batch,
        "late": entry.place.late,
        "form_sha256": entry.trace.form_sha256,
        "campaign_sha256": entry.campaign_sha256,
        "reading_sha256": CaseEntry::reading_sha256(entry.reading),
    });
    By::program(now_ms).entry(act, subject, detail)
}

/// Files came for a case and mended nothing.
pub(super) fn supplement((id, number): (i64, Option<&str>), message: i64, now_ms: i64) -> Entry {
    let subject = number.map_or_else(|| format!("case/{id}"), |number| format!("case/{number}"));
    By::program(now_ms).entry(Act::CaseSupplemented, subject, json!({"message": message, "revision": null}))
}

/// The mail is held for a person. What looks classified lends no word to the log.
pub(super) fn quarantined(message: i64, intake: &Intake, decision: &Decision, now_ms: i64) -> Option<Entry> {
    if decision.disposition != Disposition::Quarantined {
        return None;
    }
    let reason = if is_classified(intake) { "疑似带有密级标志" } else { &decision.because };
    Some(By::program(now_ms).because(reason).entry(Act::MessageQuarantined, format!("message/{message}"), json!({})))
}

/// Whether a marking of classified matter was found.
pub(super) fn is_classified(intake: &Intake) -> bool {
    let of_cases = intake.reading.cases.iter().flat_map(|case| &case.defects);
    intake.reading.defects.iter().chain(of_cases).any(|defect| defect.code == DefectCode::MessageClassified)
}
