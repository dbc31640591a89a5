//! The forms with comments that go with a correction request: those that the worker made, chosen by what is left to mend.
//!
//! Nothing is taken apart here. Of a case whose form came with an earlier mail the copy is kept as a blob; a backup
//! leaves these out, and a request without its copy lists everything anyway.

use super::DaemonError;
use super::process::Judge;
use super::reply::Answered;
use crate::intake::annotate;
use crate::intake::compose::LetterAttachment;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{CaseTrace, Intake};
use crate::store::Transaction;

/// The most bytes of attachments in one letter: many servers take ten megabytes, and base64 adds a third.
const LARGEST: usize = 6 << 20;

/// The copies for the cases that a correction request is about.
pub(super) async fn copies(judge: &Judge, answered: Answered<'_>, tx: &mut Transaction) -> Result<Vec<LetterAttachment>, DaemonError> {
    let Answered { intake, decision, recorded, .. } = answered;
    let mut wanted: Vec<(String, String)> = Vec::new();
    match decision.supplements {
        // Whoever is answered at another address than the one written from gets nothing that came before.
        Some(_) if !answers_the_sender(intake) => {}
        Some(case) => {
            if let Some((reading, trace)) = tx.settled_reading(case).await? {
                wanted.extend(copy(&trace, &reading.defects).map(|sha256| (sha256, annotate::name(&reading.form.file))));
            }
        }
        None => {
            let cases = &intake.reading.cases;
            for (n, ((case, trace), recorded)) in (1..).zip(cases.iter().zip(&intake.traces).zip(recorded)) {
                let defects = recorded.mended.as_ref().map_or(&case.defects, |mended| &mended.defects);
                let name = annotate::name(&case.form.file);
                // As the letter counts them; a file with several forms is all of theirs.
                let alone = cases.iter().filter(|other| other.form.file == case.form.file).count() == 1;
                let name = if cases.len() > 1 && alone { format!("第{n}件 {name}") } else { name };
                wanted.extend(copy(trace, defects).map(|sha256| (sha256, name)));
            }
        }
    }
    let mut copies: Vec<LetterAttachment> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for (sha256, name) in wanted {
        if taken.contains(&sha256) {
            continue;
        }
        if let Some(bytes) = bytes(judge, intake, &sha256).await {
            copies.push(LetterAttachment { name: free(&name, &copies), bytes });
        }
        taken.push(sha256);
    }
    let fits = copies.iter().map(|copy| copy.bytes.len()).sum::<usize>() <= LARGEST;
    Ok(if fits { copies } else { Vec::new() })
}

/// The copy that bears a comment on each thing that is left, and on nothing else.
pub(super) fn copy(trace: &CaseTrace, defects: &[Defect]) -> Option<String> {
    let to_correct = defects.iter().filter(|defect| defect.severity == Severity::Correct);
    let mut left: Vec<DefectCode> = to_correct.map(|defect| defect.code).collect();
    left.sort_unstable();
    left.dedup();
    trace.annotated.iter().find(|copy| copy.notes == left).map(|copy| copy.sha256.clone())
}

fn answers_the_sender(intake: &Intake) -> bool {
    let from = &intake.reading.message.from.address;
    intake.thread.reply_to.as_ref().is_some_and(|to| to.address.eq_ignore_ascii_case(from))
}

/// Of this mail, else as it was kept; none where it is gone, which costs a convenience and no letter.
async fn bytes(judge: &Judge, intake: &Intake, sha256: &str) -> Option<Vec<u8>> {
    if let Some(file) = intake.files.iter().find(|file| file.sha256 == sha256) {
        return Some(file.bytes.to_vec());
    }
    match judge.blobs.get(sha256).await {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            tracing::warn!(error = %error, "a form with comments is not at hand");
            None
        }
    }
}

/// A name that no other copy of the letter has.
fn free(name: &str, copies: &[LetterAttachment]) -> String {
    let taken = |name: &str| copies.iter().any(|copy| copy.name == name);
    let numbered = (2..).map(|n| name.strip_suffix(".docx").map_or_else(|| name.to_owned(), |stem| format!("{stem}{n}.docx")));
    if taken(name) { numbered.take(copies.len() + 1).find(|name| !taken(name)).unwrap_or_else(|| name.to_owned()) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reading::AnnotatedForm;

    fn defect(code: DefectCode, severity: Severity) -> Defect {
        Defect { code, field: None, severity, message: String::new() }
    }

    #[test]
    fn the_copy_speaks_of_what_is_left() {
        let copy_of = |sha256: &str, notes: &[DefectCode]| AnnotatedForm { sha256: sha256.into(), notes: notes.to_vec() };
        let all = [DefectCode::PhoneMissing, DefectCode::SealAbsent];
        let annotated = vec![copy_of("all", &all), copy_of("without", &all[..1])];
        let trace = CaseTrace { annotated, ..CaseTrace::default() };
        let phone = defect(DefectCode::PhoneMissing, Severity::Correct);
        let seal = |severity| defect(DefectCode::SealAbsent, severity);
        assert_eq!(copy(&trace, &[seal(Severity::Correct), phone.clone()]).as_deref(), Some("all"));
        assert_eq!(copy(&trace, &[seal(Severity::Check), phone]).as_deref(), Some("without"));
        assert_eq!(copy(&trace, &[defect(DefectCode::TitleMissing, Severity::Correct)]), None);
    }

    #[test]
    fn two_forms_of_one_name_are_told_apart() {
        let copies = [LetterAttachment { name: "申报表（批注）.docx".into(), bytes: Vec::new() }];
        assert_eq!(free("申报表（批注）.docx", &copies), "申报表（批注）2.docx");
        assert_eq!(free("别的（批注）.docx", &copies), "别的（批注）.docx");
    }
}
