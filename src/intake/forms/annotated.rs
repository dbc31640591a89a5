//! Copies of DOCX forms with comments at what their units have to correct, kept among the mail's files.
//!
//! They are made here, where the form is read, so that nothing else takes a stranger's file apart. A seal that came
//! with an earlier or a later mail is the one thing that the record may mend, so there is a copy for either state.

use crate::intake::Setup;
use crate::intake::annotate::{Author, Form, Note, annotate};
use crate::intake::form::spots::Spots;
use crate::intake::identity::sha256_hex;
use crate::intake::unpack::File;
use crate::model::defect::{DefectCode, Severity};
use crate::model::document::{Document, Format};
use crate::model::reading::{AnnotatedForm, CaseReading, Intake, StoredFile};
use crate::model::time;
use jiff::Timestamp;

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

/// One case's form, and what it gets comments on.
pub(super) struct Annotated<'a> {
    pub(super) file: &'a File,
    /// What was read from it, where that was kept.
    pub(super) document: Option<&'a Document>,
    pub(super) remarks: Vec<Remark>,
}

/// Makes the copies: `cases` are the reading's, in its order. Their comments bear the time at which the mail came.
pub(super) fn add(cases: &[Annotated<'_>], received: Timestamp, setup: &Setup, intake: &mut Intake) {
    // The same mail gives the same copies, whenever it is read.
    let author = Author { name: &setup.campaign.office.signature, at: time::local(received).datetime() };
    let mut done: Vec<&str> = Vec::new();
    let mut left = COPIES;
    for case in cases.iter().filter(|case| !case.remarks.is_empty()) {
        let sha256 = case.file.sha256.as_str();
        if done.contains(&sha256) {
            continue;
        }
        done.push(sha256);
        for kept in [|_: &Remark| true, |remark: &Remark| remark.code != DefectCode::SealAbsent] {
            let same = cases.iter().enumerate().filter(|(_, other)| other.file.sha256 == sha256);
            let of_cases: Vec<(usize, Vec<&Remark>)> =
                same.map(|(at, other)| (at, other.remarks.iter().filter(|remark| kept(remark)).collect())).collect();
            let Some(rest) = left.checked_sub(1) else { return };
            left = rest;
            add_copy(case, &of_cases, author, setup, intake);
        }
    }
}

/// One copy with some remarks, entered with each case that it has remarks of.
fn add_copy(case: &Annotated<'_>, of_cases: &[(usize, Vec<&Remark>)], author: Author<'_>, setup: &Setup, intake: &mut Intake) {
    let notes: Vec<Note<'_>> =
        of_cases.iter().flat_map(|(_, remarks)| remarks).map(|remark| Note { at: remark.at, text: &remark.text }).collect();
    if notes.is_empty() {
        return;
    }
    let form = Form { bytes: &case.file.bytes, document: case.document };
    let Ok(bytes) = annotate(form, &notes, author, &setup.document_limits) else { return };
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
    intake.files.push(StoredFile { sha256, bytes: bytes.into() });
}
