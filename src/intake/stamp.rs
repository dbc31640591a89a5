//! Whether the unit's official seal is on what it sent (加盖公章, design rule 5): files into a [`Stamped`].
//!
//! It counts on the form itself, on a scan of it, and as an electronic signature of either. Where nothing shows it, but
//! something could, a person looks. A stamp on an award or a letter is somebody's, and not the unit's on its form.

use crate::intake::document::{self, Limits, ofd, pdf};
use crate::intake::evidence::{self, Carrier};
use crate::intake::form::Form;
use crate::intake::seal::{self, Sight};
use crate::intake::unpack::{File, FileType};
use crate::intake::word_lists::WordLists;
use crate::model::document::{Document, Format};
use crate::model::reading::{FieldTrace, Role, Seal};
use std::borrow::Cow;
use std::collections::HashMap;

/// Pictures looked at in one mail: this bounds the time. Those beyond it can't be made out.
const MOST_PICTURES: usize = 120;
/// Pixels of all of them, for the same reason, and what takes as long: a dozen photographs as a telephone makes them,
/// two dozen as a chat passes them on.
const MOST_PIXELS: usize = 240_000_000;
/// Pictures of one file.
const MOST_IN_A_FILE: usize = 30;
/// Nodes, and tags, of a document that is read again for its pictures: what has more is no scan, and was large enough once.
const MOST_NODES: usize = 50_000;
const MOST_EVENTS: usize = 400_000;
/// Files looked into for a stamp that isn't the unit's.
const MOST_ELSEWHERE: usize = 12;

/// What was found out about a case's seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Whether it is there.
    pub seal: Seal,
    /// Why a person has to look, if one has to.
    pub doubt: Option<String>,
    /// Whether it floats in an editable form, as a pasted one does.
    pub floating: bool,
    /// A file that bears a stamp and isn't the unit's form.
    pub elsewhere: Option<String>,
    /// Where it was found.
    pub trace: Option<FieldTrace>,
}

impl Stamped {
    fn nothing() -> Self {
        Stamped { seal: Seal::Absent, doubt: None, floating: false, elsewhere: None, trace: None }
    }

    fn is_present(&self) -> bool {
        self.seal == Seal::Present
    }

    fn found(&mut self, file: &File, because: String) {
        self.seal = Seal::Present;
        self.doubt = None;
        self.trace = Some(FieldTrace { field: "seal".to_owned(), place: file.path.clone(), because });
    }

    /// A person has to look, unless the seal is there. The first reason stays.
    fn doubtful(&mut self, file: &File, why: &str) {
        if self.seal == Seal::Absent {
            self.seal = Seal::Unverified;
            self.doubt = Some(format!("“{}”{why}", file.name));
        }
    }
}

/// The form of a case, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its file.
    pub file: &'a File,
    /// What was read; none where it can't be read.
    pub form: Option<&'a Form>,
    /// Whether the file holds no other case's form.
    pub alone: bool,
}

/// Looks at the files of one mail, at each picture once.
pub struct Looker<'a> {
    limits: Limits,
    words: &'a WordLists,
    /// Documents that were read already, by their hash.
    read: HashMap<&'a str, &'a Document>,
    left: usize,
    room: usize,
    known: HashMap<String, Vec<Sight>>,
}

/// What a picture with a stamp is called in the trace.
const STAMPED: &str = "疑似有章：图片中有圆形或椭圆形的红色印章";

impl<'a> Looker<'a> {
    /// A mail's looker.
    pub fn new(limits: &Limits, words: &'a WordLists, read: HashMap<&'a str, &'a Document>) -> Self {
        let limits = Limits { nodes: limits.nodes.min(MOST_NODES), xml_events: limits.xml_events.min(MOST_EVENTS), ..*limits };
        Looker { limits, words, read, left: MOST_PICTURES, room: MOST_PIXELS, known: HashMap::new() }
    }

    /// Judges a case: by its form, by the files that are its own, and by those that it may share with other cases.
    pub fn judge(&mut self, subject: Subject<'_>, own: &[(&File, Role)], shared: &[(&File, Role)]) -> Stamped {
        let mut stamped = Stamped::nothing();
        self.form(subject, &mut stamped);
        for (file, role) in own {
            if stamped.is_present() {
                break;
            }
            self.beside(file, *role, &mut stamped);
        }
        for (file, role) in shared {
            if stamped.seal != Seal::Absent {
                break;
            }
            let mut perhaps = Stamped::nothing();
            self.beside(file, *role, &mut perhaps);
            if perhaps.seal != Seal::Absent {
                stamped.doubtful(file, "可能属于本案例，需人工确认公章");
            }
        }
        if !stamped.is_present() && stamped.elsewhere.is_none() {
            let others = own.iter().filter(|(_, role)| matches!(role, Role::Evidence | Role::Letter | Role::SummaryTable));
            let bears = |(file, role): &&(&File, Role)| self.carrier(file, *role) == Carrier::No && self.bears_stamp(file);
            stamped.elsewhere = others.take(MOST_ELSEWHERE).find(bears).map(|(file, _)| file.name.clone());
        }
        stamped
    }

    /// Where files that came without a form bear the unit's stamp: they may follow one.
    pub fn followed(&mut self, files: &[(&File, Role)]) -> Option<FieldTrace> {
        let mut stamped = Stamped::nothing();
        for (file, role) in files {
            self.beside(file, *role, &mut stamped);
            if stamped.is_present() {
                break;
            }
        }
        stamped.trace
    }

    /// The form's own file.
    fn form(&mut self, subject: Subject<'_>, stamped: &mut Stamped) {
        let file = subject.file;
        if let Some(signer) = signer(file) {
            return stamped.found(file, signer);
        }
        match subject.form {
            Some(form) if form.pictures > 0 => self.in_form(subject, form, stamped),
            Some(_) => {}
            None => {
                // It can't be read, or is a scan only: that it bears no seal can't be said.
                let sights = self.sights(file);
                match sights.contains(&Sight::Stamp) {
                    true => stamped.found(file, STAMPED.to_owned()),
                    false => stamped.doubtful(file, "无法自动读取，需人工确认公章"),
                }
            }
        }
    }

    /// Pictures in a form that was read.
    fn in_form(&mut self, subject: Subject<'_>, form: &Form, stamped: &mut Stamped) {
        let file = subject.file;
        let Some(document) = self.document(file) else { return };
        let at_the_seal = |index: usize| form.seal_pictures.iter().any(|picture| picture.index == index);
        for (index, picture) in document.pictures.iter().enumerate().take(MOST_IN_A_FILE) {
            let belongs = at_the_seal(index) || (picture.floating && subject.alone);
            let is_evidence = form.evidence_pictures.contains(&index);
            let sight = self.sight(&picture.bytes);
            match sight {
                Sight::Stamp if belongs => {
                    stamped.floating |= picture.floating && is_editable(document.format);
                    stamped.found(file, STAMPED.to_owned());
                }
                Sight::Stamp if is_evidence => stamped.elsewhere = Some(file.name.clone()),
                Sight::Stamp => stamped.doubtful(file, "中另有图片疑似有章，需人工确认是否为本单位公章"),
                Sight::Doubtful | Sight::Square | Sight::GreyPage | Sight::Unreadable if belongs => {
                    stamped.floating |= picture.floating && is_editable(document.format) && sight == Sight::Doubtful;
                    stamped.doubtful(file, why(sight));
                }
                Sight::Nothing if at_the_seal(index) && !picture.floating => stamped.doubtful(file, why(sight)),
                Sight::Doubtful | Sight::Square | Sight::GreyPage | Sight::Unreadable | Sight::Nothing => {}
            }
        }
    }

    /// A file beside the form.
    fn beside(&mut self, file: &File, role: Role, stamped: &mut Stamped) {
        let carrier = self.carrier(file, role);
        if carrier == Carrier::No {
            return;
        }
        if matches!(carrier, Carrier::Unnamed | Carrier::Numbered) && self.bears_stamp(file) {
            return stamped.doubtful(file, "上疑似有章，需人工确认是否为申报表的盖章页");
        }
        if carrier == Carrier::Unnamed {
            return;
        }
        if let Some(signer) = signer(file) {
            return stamped.found(file, signer);
        }
        let sights = self.sights(file);
        if sights.contains(&Sight::Stamp) {
            return stamped.found(file, STAMPED.to_owned());
        }
        let unclear = sights.iter().copied().find(|sight| *sight != Sight::Nothing);
        match (carrier, unclear) {
            (Carrier::Named, unclear) => stamped.doubtful(file, why(unclear.unwrap_or(Sight::Nothing))),
            (Carrier::Perhaps | Carrier::Numbered, Some(sight)) => stamped.doubtful(file, why(sight)),
            (Carrier::Perhaps | Carrier::Numbered, None) | (Carrier::Unnamed | Carrier::No, _) => {}
        }
    }

    fn carrier(&self, file: &File, role: Role) -> Carrier {
        match role {
            Role::FormCopy => Carrier::Perhaps,
            Role::Scan | Role::Evidence => evidence::carrier(file, role, self.words),
            Role::CaseText | Role::Letter | Role::SummaryTable | Role::Unreadable => Carrier::No,
        }
    }

    /// Whether a file that isn't the unit's form bears a stamp.
    fn bears_stamp(&mut self, file: &File) -> bool {
        signer(file).is_some() || self.sights(file).contains(&Sight::Stamp)
    }

    /// What the pictures of a file show.
    fn sights(&mut self, file: &File) -> Vec<Sight> {
        if let Some(known) = self.known.get(&file.sha256) {
            return known.clone();
        }
        let sights = match file.file_type {
            FileType::Image(_) => vec![self.sight(&file.bytes)],
            FileType::Document(_) => {
                let document = self.document(file);
                let pictures = document.as_ref().map_or(&[][..], |document| document.pictures.as_slice());
                pictures.iter().take(MOST_IN_A_FILE).map(|picture| self.sight(&picture.bytes)).collect()
            }
            FileType::Packed(_) | FileType::Mail | FileType::Archive(_) | FileType::Other => Vec::new(),
        };
        self.known.insert(file.sha256.clone(), sights.clone());
        sights
    }

    fn sight(&mut self, bytes: &[u8]) -> Sight {
        let Some(left) = self.left.checked_sub(1) else { return Sight::Unreadable };
        self.left = left;
        seal::look_within(bytes, &mut self.room)
    }

    fn document(&self, file: &File) -> Option<Cow<'a, Document>> {
        if let Some(known) = self.read.get(file.sha256.as_str()) {
            return Some(Cow::Borrowed(known));
        }
        let FileType::Document(format) = file.file_type else { return None };
        document::read(format, &file.bytes, &self.limits)?.ok().map(Cow::Owned)
    }
}

/// Who signed a file electronically, for the trace.
fn signer(file: &File) -> Option<String> {
    let signers = match file.file_type {
        FileType::Document(Format::Pdf) => pdf::signatures(&file.bytes),
        FileType::Document(Format::Ofd) => ofd::signers(&file.bytes),
        FileType::Document(_) | FileType::Image(_) | FileType::Packed(_) | FileType::Mail | FileType::Archive(_) | FileType::Other => {
            Vec::new()
        }
    };
    let named: Vec<&str> = signers.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    match (signers.is_empty(), named.is_empty()) {
        (true, _) => None,
        (false, true) => Some("有电子签章，未写明签章人".to_owned()),
        (false, false) => Some(format!("有电子签章：{}", named.join("、"))),
    }
}

/// Whether anybody can move a picture in it.
fn is_editable(format: Format) -> bool {
    match format {
        Format::Docx | Format::Doc | Format::Wps | Format::Rtf | Format::Html | Format::Xlsx | Format::Xls => true,
        Format::Pdf | Format::Ofd | Format::Image | Format::Text => false,
    }
}

/// Why a person has to look.
fn why(sight: Sight) -> &'static str {
    match sight {
        Sight::Stamp => "疑似有章",
        Sight::Doubtful => "中的印章不清晰，需人工确认公章",
        Sight::Square => "中是方章，需人工确认公章",
        Sight::GreyPage => "是黑白页面，公章无法辨认，需人工确认",
        Sight::Nothing => "中未辨认出公章，需人工确认",
        Sight::Unreadable => "中的图片无法识读，需人工确认公章",
    }
}
