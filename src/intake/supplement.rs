//! Files that follow a form: which case they go to, and what they mend in it.
//!
//! A unit often sends the stamped scan of its form in a mail of its own. It is no further case: the seal that was
//! missing is there where the scan bears a stamp, else a coordinator looks; the unit is not asked for it any more.

use crate::intake::check::defect;
use crate::intake::decide::{may_change, of};
use crate::intake::unpack::{FileType, file_type};
use crate::model::decision::{Context, Decision, Disposition, KnownCase, matching_key};
use crate::model::defect::{DefectCode, Severity};
use crate::model::document::Format;
use crate::model::reading::{CaseReading, CaseTrace, Evidence, FieldTrace, Intake, Reading, Role, Seal};

/// What a mail says that adds to an earlier one.
const FURTHER: [&str; 6] = ["补充", "补交", "补报", "补发", "补盖", "补正"];
/// Shorter names tell nothing.
const SHORTEST: usize = 4;

/// Whether a scan of a form is all that came of it.
pub fn is_scan_alone(reading: &Reading) -> bool {
    let scan = |case: &CaseReading| case.defects.iter().any(|defect| defect.code == DefectCode::FormScanOnly);
    !reading.cases.is_empty() && reading.cases.iter().all(scan)
}

/// The verdict on files without a form, where they go to one case of the sender's own.
pub fn decide(intake: &Intake, context: &Context) -> Option<Decision> {
    let case = supplemented(intake, context)?;
    Some(Decision { supplements: Some(case.id), ..of(Disposition::Supplement, "补充材料，已归入原案例") })
}

/// By its number, by the thread, else by the sender, who must say what they belong to; of several the one that is named.
fn supplemented<'c>(intake: &Intake, context: &'c Context) -> Option<&'c KnownCase> {
    let own: Vec<&KnownCase> = context.cases.iter().filter(|case| case.number.is_some() && may_change(intake, case)).collect();
    let of = |test: fn(&KnownCase) -> bool| own.iter().copied().filter(|case| test(case)).collect::<Vec<_>>();
    for tied in [of(|case| case.mentioned), of(|case| case.in_thread)] {
        match tied.as_slice() {
            [] => {}
            [only] => return Some(only),
            [..] => return named(intake, &tied),
        }
    }
    let same = of(|case| case.same_sender);
    if intake.reading.evidence.is_empty() && intake.reading.cases.is_empty() {
        return None;
    }
    let awaited: Vec<&KnownCase> = same.iter().copied().filter(|case| case.lacks_seal).collect();
    let says_further = FURTHER.iter().any(|word| said(intake).any(|text| text.contains(word)));
    let only = match (is_scan_alone(&intake.reading), says_further, awaited.as_slice(), same.as_slice()) {
        (true, _, [only], _) | (_, true, _, [only]) => Some(*only),
        _ => None,
    };
    // A scan that names another unit or title than the case's is another case's.
    named(intake, &same).or(only)
}

/// The one case whose title, else whose unit, stands in the subject or in a file's name.
fn named<'c>(intake: &Intake, cases: &[&'c KnownCase]) -> Option<&'c KnownCase> {
    let texts: Vec<String> = said(intake).map(matching_key).collect();
    let by = |key: fn(&KnownCase) -> &str| {
        let stands = |case: &&&KnownCase| key(case).chars().count() >= SHORTEST && texts.iter().any(|text| text.contains(key(case)));
        let hits: Vec<&KnownCase> = cases.iter().filter(stands).copied().collect();
        if let [only] = hits.as_slice() { Some(*only) } else { None }
    };
    by(|case| &case.title_key).or_else(|| by(|case| &case.unit_key))
}

/// The subject and every file's name.
fn said(intake: &Intake) -> impl Iterator<Item = &str> {
    let reading = &intake.reading;
    let forms = reading.cases.iter().map(|case| case.form.file.as_str());
    let evidence = reading.cases.iter().flat_map(|case| &case.evidence).chain(&reading.evidence).map(|file| file.name.as_str());
    std::iter::once(reading.message.subject.as_str()).chain(forms).chain(evidence)
}

/// Every file of such a mail, the scans of forms among them.
pub fn files(intake: &Intake) -> Vec<Evidence> {
    let scans = intake.reading.cases.iter().zip(&intake.traces).filter_map(|(case, trace)| {
        let file = intake.files.iter().find(|file| file.sha256 == trace.form_sha256)?;
        let media_type = match file_type(&file.bytes, &case.form.file) {
            FileType::Image(media_type) => media_type,
            FileType::Document(Format::Pdf) => "application/pdf",
            FileType::Document(Format::Ofd) => "application/ofd",
            FileType::Document(_) | FileType::Packed(_) | FileType::Mail | FileType::Archive(_) | FileType::Other => {
                "application/octet-stream"
            }
        };
        Some(Evidence {
            name: case.form.file.clone(),
            media_type: media_type.to_owned(),
            bytes: file.bytes.len() as u64,
            sha256: file.sha256.clone(),
            role: Role::Scan,
            kind: None,
        })
    });
    let others = intake.reading.cases.iter().flat_map(|case| &case.evidence).chain(&intake.reading.evidence);
    scans.chain(others.cloned()).collect()
}

/// A newer form that came without a stamped scan, where one came with an earlier version: whether it still fits is
/// for a coordinator to see, and the unit is not asked for it again. None where that changes nothing.
pub fn with_earlier_seal(newer: &CaseReading, earlier: &CaseReading) -> Option<CaseReading> {
    let came = |code| earlier.defects.iter().any(|defect| defect.code == code);
    let had_one = earlier.seal == Seal::Present || came(DefectCode::SealUnverified) || came(DefectCode::SealOutdated);
    let same_unit = match (&newer.unit, &earlier.unit) {
        (Some(newer), Some(earlier)) => matching_key(newer) == matching_key(earlier),
        _ => true,
    };
    if newer.seal != Seal::Absent || !had_one || !same_unit {
        return None;
    }
    let mut case = newer.clone();
    case.seal = Seal::Unverified;
    case.defects.retain(|defect| defect.code != DefectCode::SealAbsent);
    let message = "盖章扫描件是随先前的版本收到的，需人工确认与这一版是否一致";
    case.defects.push(defect(DefectCode::SealOutdated, Some("seal"), Severity::Check, message));
    Some(case)
}

/// The case as it stands with the files of such a mail: none where they mend nothing. A stamp that was found settles
/// it as one in the form's own mail would; of a scan that shows none a coordinator judges.
pub fn mended((known, trace): (&CaseReading, &CaseTrace), intake: &Intake) -> Option<(CaseReading, CaseTrace)> {
    let files = files(intake);
    let stamp = stamp(intake);
    let scan = || files.iter().any(|file| file.role == Role::Scan);
    let seal = match (known.seal, stamp) {
        (Seal::Absent | Seal::Unverified, Some(_)) => Seal::Present,
        (Seal::Absent, None) if scan() => Seal::Unverified,
        (Seal::Absent | Seal::Unverified | Seal::Present, _) => return None,
    };
    let (mut case, mut trace) = (known.clone(), trace.clone());
    case.seal = seal;
    let settled = [DefectCode::SealAbsent, DefectCode::SealUnverified, DefectCode::SealOutdated];
    case.defects.retain(|defect| !settled.contains(&defect.code));
    if let Some(stamp) = stamp {
        trace.fields.retain(|field| field.field != stamp.field);
        trace.fields.push(stamp.clone());
    } else {
        let message = "已另行补充盖章材料，需人工确认公章";
        case.defects.push(defect(DefectCode::SealUnverified, Some("seal"), Severity::Check, message));
    }
    case.evidence = files;
    Some((case, trace))
}

/// Where a stamp was found among files without a readable form.
fn stamp(intake: &Intake) -> Option<&FieldTrace> {
    let cases = intake.reading.cases.iter().zip(&intake.traces);
    let stamped = cases.filter(|(case, _)| case.seal == Seal::Present);
    let mut traces = stamped.flat_map(|(_, trace)| &trace.fields).filter(|field| field.field == "seal");
    intake.stamp.as_ref().or_else(|| traces.next())
}
