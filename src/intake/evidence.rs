//! What each file besides the form is taken for, whether it could carry the seal, and which case it goes with.

use crate::intake::screen::{contains_any, first_of};
use crate::intake::unpack::{File, FileType};
use crate::model::campaign::Words;
use crate::model::document::Format;
use crate::model::reading::{Evidence, Role};
use regex::Regex;
use std::sync::LazyLock;

/// Names that a camera, a phone or a scanner gives.
static CAMERA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(img|dsc|dscn|dscf|p|pic|photo|scan|scanned|image|mmexport|wx_camera|screenshot|camscanner|doc|微信图片|扫描|扫描全能王|新建|未命名|图片|qq图片|wechat)?[\s_-]*[\d\s_.()（）-]*$").ok()
});

/// Guesses a file's role by its name and type: a summary before a letter before a form; of evidence and
/// scan the word that stands first decides (获奖证书扫描件 is evidence, 盖章照片 is a scan).
pub fn role(file: &File, words: &Words) -> Role {
    let name = file.name.as_str();
    let picture_or_pdf = matches!(file.file_type, FileType::Image(_) | FileType::Document(Format::Pdf | Format::Ofd));
    match () {
        () if contains_any(name, &words.summary_names) => Role::SummaryTable,
        () if contains_any(name, &words.letter_names) => Role::Letter,
        () if picture_or_pdf && names_scan(name, words) => Role::Scan,
        () if contains_any(name, &words.evidence_names) => Role::Evidence,
        () if matches!(file.file_type, FileType::Image(_)) && is_camera_name(name) => Role::Scan,
        () => Role::Evidence,
    }
}

fn names_scan(name: &str, words: &Words) -> bool {
    let scan = [first_of(name, &words.scan_names), first_of(name, &words.form_names)].into_iter().flatten().min();
    match (scan, first_of(name, &words.evidence_names)) {
        (Some(scan), Some(evidence)) => scan <= evidence,
        (scan, None) => scan.is_some(),
        (None, Some(_)) => false,
    }
}

/// Whether a file could carry the unit's seal (design rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Its name says so: form, 盖章, 扫描, 意见.
    Named,
    /// It has no name, or a camera's: a picture of a page could, a photograph couldn't.
    Perhaps,
    /// Photographs, logos, letters, certificates, reports and tables.
    No,
}

/// Tells by name and type; what the picture shows is another matter.
pub fn carrier(file: &File, words: &Words) -> Carrier {
    let pages = matches!(file.file_type, FileType::Image(_) | FileType::Document(Format::Pdf | Format::Ofd));
    match role(file, words) {
        Role::Scan if names_scan(&file.name, words) => Carrier::Named,
        Role::Scan => Carrier::Perhaps,
        Role::Evidence if pages && is_camera_name(&file.name) => Carrier::Perhaps,
        Role::Evidence | Role::FormCopy | Role::CaseText | Role::Letter | Role::SummaryTable | Role::Unreadable => Carrier::No,
    }
}

fn is_camera_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    CAMERA.as_ref().is_some_and(|camera| camera.is_match(stem))
}

/// The record of a file.
pub fn record(file: &File, role: Role) -> Evidence {
    Evidence {
        name: file.path.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
        sha256: file.sha256.clone(),
        role,
    }
}

/// Which of several cases a file goes with: by the unit or title in its path, else by a folder that it
/// shares with one form alone. None where nothing tells.
pub fn belongs_to(path: &str, cases: &[CaseNames<'_>]) -> Option<usize> {
    let named: Vec<usize> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| [case.unit, case.title].into_iter().flatten().any(|name| name.chars().count() >= 4 && path.contains(name)))
        .map(|(at, _)| at)
        .collect();
    if let [only] = named.as_slice() {
        return Some(*only);
    }
    let folder = path.rsplit_once('/').map(|(folder, _)| folder)?;
    let beside: Vec<usize> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.file.rsplit_once('/').is_some_and(|(own, _)| own == folder))
        .map(|(at, _)| at)
        .collect();
    match beside.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// What tells one case of a mail from another.
#[derive(Debug, Clone, Copy)]
pub struct CaseNames<'a> {
    /// The form's path.
    pub file: &'a str,
    /// The unit.
    pub unit: Option<&'a str>,
    /// The title.
    pub title: Option<&'a str>,
}
