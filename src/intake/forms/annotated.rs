//! Copies of DOCX forms with comments at what their units have to correct, kept among the mail's files.
//!
//! They are made here, where the form is read, so that nothing else takes a stranger's file apart. A seal that came
//! with an earlier or a later mail is the one thing that the record may mend, so there is a copy for either state.

use crate::intake::Setup;
use crate::intake::annotate::{Note, annotate, dated};
use crate::intake::form::spots::Spots;
use crate::intake::identity::sha256_hex;
use crate::intake::unpack::File;
use crate::model::defect::{DefectCode, Severity};
use crate::model::document::Format;
use crate::model::reading::{AnnotatedForm, CaseReading, Intake, StoredFile};
use crate::model::time;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The most copies that are made for one mail.
const COPIES: usize = 20;

/// One thing that a unit has to correct, and where in its form.
pub(super) struct Remark {
    code: DefectCode,
    at: Option<usize>,
    text: String,
}

/// What a case's form gets comments on; nothing where it is no DOCX.
pub(super) fn remarks(case: &CaseReading, spots: &Spots) -> Vec<Remark> {
    if case.form.format != Format::Docx {
        return Vec::new();
    }
    let to_correct = case.defects.iter().filter(|defect| defect.severity == Severity::Correct);
    to_correct.map(|defect| Remark { code: defect.code, at: spots.of_defect(defect), text: defect.message.clone() }).collect()
}

/// Makes the copies: `cases` are the files of the reading's cases with their remarks, in its order.
pub(super) fn add(cases: &[(&File, Vec<Remark>)], setup: &Setup, intake: &mut Intake) {
    let mut done: Vec<&str> = Vec::new();
    let mut left = COPIES;
    for (file, _) in cases.iter().filter(|(_, remarks)| !remarks.is_empty()) {
        if done.contains(&file.sha256.as_str()) {
            continue;
        }
        done.push(&file.sha256);
        for kept in [|_: &Remark| true, |remark: &Remark| remark.code != DefectCode::SealAbsent] {
            let same = cases.iter().enumerate().filter(|(_, (other, _))| other.sha256 == file.sha256);
            let of_cases: Vec<(usize, Vec<&Remark>)> =
                same.map(|(at, (_, remarks))| (at, remarks.iter().filter(|remark| kept(remark)).collect())).collect();
            let Some(rest) = left.checked_sub(1) else { return };
            left = rest;
            add_copy(file, &of_cases, setup, intake);
        }
    }
}

/// Dates the comments of every copy; one that can't be dated goes without. Several cases may share a copy.
pub fn date(intake: &mut Intake, now: Timestamp, setup: &Setup) {
    let at = time::local(now).datetime();
    let copies: BTreeSet<String> = intake.traces.iter().flat_map(|trace| &trace.annotated).map(|copy| copy.sha256.clone()).collect();
    for before in copies {
        let Some(file) = intake.files.iter_mut().find(|file| file.sha256 == before) else { continue };
        let Ok(bytes) = dated(&file.bytes, at, &setup.document_limits) else { continue };
        let sha256 = sha256_hex(&bytes);
        *file = StoredFile { sha256: sha256.clone(), bytes };
        let same = intake.traces.iter_mut().flat_map(|trace| &mut trace.annotated).filter(|copy| copy.sha256 == before);
        same.for_each(|copy| copy.sha256.clone_from(&sha256));
    }
}

/// One copy with some remarks, entered with each case that it has remarks of.
fn add_copy(file: &File, of_cases: &[(usize, Vec<&Remark>)], setup: &Setup, intake: &mut Intake) {
    let notes: Vec<Note<'_>> =
        of_cases.iter().flat_map(|(_, remarks)| remarks).map(|remark| Note { at: remark.at, text: &remark.text }).collect();
    if notes.is_empty() {
        return;
    }
    let Ok(bytes) = annotate(&file.bytes, &notes, &setup.campaign.office.signature, &setup.document_limits) else { return };
    let sha256 = sha256_hex(&bytes);
    if intake.files.iter().any(|known| known.sha256 == sha256) {
        return;
    }
    for (at, remarks) in of_cases.iter().filter(|(_, remarks)| !remarks.is_empty()) {
        let mut notes: Vec<DefectCode> = remarks.iter().map(|remark| remark.code).collect();
        notes.sort_unstable();
        notes.dedup();
        if let Some(trace) = intake.traces.get_mut(*at) {
            trace.annotated.push(AnnotatedForm { sha256: sha256.clone(), notes });
        }
    }
    intake.files.push(StoredFile { sha256, bytes });
}
