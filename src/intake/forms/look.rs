//! What one file is: its content, its role, what it says, and whether it is marked as classified.

use super::room::Room;
use super::table::{self, Listed, Named};
use super::{letter, marking};
use crate::intake::Setup;
use crate::intake::document::{self, Limits, ReadError};
use crate::intake::evidence;
use crate::intake::form::{self, Form};
use crate::intake::message::charset;
use crate::intake::unpack::{File, FileType};
use crate::intake::word_lists::WordLists;
use crate::model::document::{Document, Format};
use crate::model::reading::{Introduction, Role};

/// The largest text that is looked into, in bytes: nobody's application has millions of characters.
const LARGEST: usize = 8 << 20;
/// What speaks of so many labels may be a form.
const LABELS: usize = 3;
/// As much of a file's text is kept, in bytes.
const TEXT: usize = 64 << 10;

/// What one file turned out to be.
pub(super) enum Content {
    /// Forms, filled in or blank.
    Forms(Vec<Form>),
    /// The introduction as a document of its own.
    CaseText(Introduction),
    /// Somebody's ledger that has a form's labels and, where unit, contact and introduction belong, nothing.
    Ledger,
    /// Pages that are pictures and hold no text.
    Scan,
    /// Readable, but nothing of the application.
    Plain,
    /// It can't be read.
    Unreadable(&'static str),
    /// A format that this version doesn't read.
    Unsupported,
    /// No document at all.
    File,
}

/// One file with what it turned out to be.
pub(super) struct Item<'a> {
    pub file: &'a File,
    pub content: Content,
    pub role: Role,
    pub classified: bool,
    /// The beginning of its text.
    pub text: String,
    /// The rows of a summary table in it.
    pub listed: Vec<Listed>,
    /// The document, where there was room to keep it; without its text if it is no form.
    pub document: Option<Document>,
}

pub(super) fn look<'a>(file: &'a File, setup: &Setup, room: &mut Room) -> Item<'a> {
    let words = &setup.words;
    let role = evidence::role(file, words);
    let named = marking::is_in_name(&file.path, &words.classified);
    let bare = |content| Item { file, content, role, classified: named, text: String::new(), listed: Vec::new(), document: None };
    let long = file.file_type == FileType::Other && file.bytes.len() > LARGEST;
    let limits = room.limits(&setup.document_limits);
    let read = match file.file_type {
        FileType::Document(format) => document::read(format, &file.bytes, &limits),
        FileType::Other => text_file(file, &limits),
        FileType::Image(_) | FileType::Packed(_) | FileType::Mail | FileType::Archive(_) => return bare(Content::File),
    };
    room.take(read.as_ref(), &limits);
    match read {
        None if file.file_type == FileType::Other => bare(Content::File),
        None => bare(Content::Unsupported),
        Some(Ok(document)) => {
            let mut item = whole(&document, bare(Content::Plain), setup);
            if is_someone_elses_page(file, &item) && setup.labels.spoken_of(&item.text) < LABELS {
                item.content = Content::Unreadable("文件损坏");
            }
            if long {
                (item.content, item.listed) = (Content::Unreadable("文件内容过大"), Vec::new());
            }
            Item { document: room.keep(document, matches!(item.content, Content::Forms(_))), ..item }
        }
        Some(Err(ReadError::Encrypted)) => bare(Content::Unreadable("文件有密码保护")),
        Some(Err(ReadError::Corrupt(_))) => bare(Content::Unreadable("文件损坏")),
        Some(Err(ReadError::TooLarge(_))) => bare(Content::Unreadable("文件内容过大")),
    }
}

/// A page of a server's under a document's name, with nothing of the application on it: where the file was saved from, it
/// was refused (登录, 404).
fn is_someone_elses_page(file: &File, item: &Item<'_>) -> bool {
    let FileType::Document(format @ (Format::Docx | Format::Xlsx | Format::Rtf | Format::Pdf | Format::Ofd)) = file.file_type else {
        return false;
    };
    matches!(item.content, Content::Plain) && item.listed.is_empty() && document::read_as(format, &file.bytes) == Format::Html
}

/// A file of mere text, by its name: its bytes tell nothing but their charset.
fn text_file(file: &File, limits: &Limits) -> Option<Result<Document, ReadError>> {
    let extension = file.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
    // Of a longer one the head alone is looked at, for a marking.
    let text = || charset::decode(file.bytes.get(..LARGEST).unwrap_or(&file.bytes), None);
    match extension.as_str() {
        "txt" | "md" | "tsv" => Some(Ok(document::text::read(text().as_bytes()))),
        "csv" => Some(Ok(document::text::read(with_tabs(&text()).as_bytes()))),
        "htm" | "html" | "mht" => document::read(Format::Html, &file.bytes, limits),
        _ => None,
    }
}

/// CSV (RFC 4180) with tabs between its fields, and line separators where a field has lines.
fn with_tabs(text: &str) -> String {
    let mut quoted = false;
    let shown = text.chars().filter_map(|c| match c {
        '"' => {
            quoted = !quoted;
            None
        }
        ',' | '，' if !quoted => Some('\t'),
        '\n' if quoted => Some('\u{2028}'),
        '\t' if quoted => Some(' '),
        '\r' if quoted => None,
        other => Some(other),
    });
    shown.collect()
}

/// An item whose document could be read.
fn whole<'a>(document: &Document, bare: Item<'a>, setup: &Setup) -> Item<'a> {
    let text = document.text();
    let (content, mut listed) = match text.len() > LARGEST {
        true => (Content::Unreadable("文件内容过大"), Vec::new()),
        false => content(document, &text, setup, bare.role),
    };
    let marked = marking::is_in_document(document, &text, &setup.words.classified);
    let text = beginning(text);
    let may_be_paper = !matches!(content, Content::Forms(_) | Content::CaseText(_));
    if !may_be_paper {
        listed.clear();
    }
    let is_letter = may_be_paper && bare.role == Role::Evidence && letter::is_letter(&text);
    // Pages that a phone's scanner packed into a PDF, or somebody put into a Word file.
    let scanned = || matches!(content, Content::Scan) && evidence::is_scan_by_name(bare.file, &setup.words);
    let role = match bare.role {
        Role::Evidence if is_letter => Role::Letter,
        Role::Evidence if scanned() => Role::Scan,
        other => other,
    };
    Item { classified: bare.classified || marked, role, content, text, listed, ..bare }
}

fn beginning(mut text: String) -> String {
    let end = (0..=TEXT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
    // A thousand long files would each keep the memory of their whole text.
    text.shrink_to_fit();
    text
}

/// What a document holds, and the rows of its summary tables.
fn content(document: &Document, text: &str, setup: &Setup, role: Role) -> (Content, Vec<Listed>) {
    let named = if role == Role::SummaryTable { Named::Summary } else { Named::Otherwise };
    let listed = table::read(document, named);
    (of_the_application(document, text, setup, listed.is_empty()), listed)
}

/// What of the application it holds. The labels of a list of cases make no blank form.
fn of_the_application(document: &Document, text: &str, setup: &Setup, lists_nothing: bool) -> Content {
    let forms = form::read(document, &setup.campaign, &setup.labels);
    let (ledgers, forms): (Vec<Form>, Vec<Form>) = forms.into_iter().partition(Form::is_ledger);
    if !forms.is_empty() && (lists_nothing || !forms.iter().all(Form::is_blank)) {
        return Content::Forms(forms);
    }
    if !document.pictures.is_empty() && text.trim().is_empty() {
        return Content::Scan;
    }
    let read = form::introduction::read(text, setup.labels.wording());
    let introduction = read.introduction;
    let parts = [&introduction.background, &introduction.practices, &introduction.results];
    match () {
        () if parts.iter().filter(|part| part.is_some()).count() >= 2 => Content::CaseText(introduction),
        () if ledgers.iter().any(Form::is_plainly_empty) => Content::Ledger,
        () => Content::Plain,
    }
}

impl Item<'_> {
    /// The forms in it, filled in or not.
    pub(super) fn forms(&self) -> &[Form] {
        match &self.content {
            Content::Forms(forms) => forms.as_slice(),
            Content::CaseText(_)
            | Content::Ledger
            | Content::Scan
            | Content::Plain
            | Content::Unreadable(_)
            | Content::Unsupported
            | Content::File => &[],
        }
    }

    /// The forms in it that are filled in.
    pub(super) fn filled(&self) -> impl Iterator<Item = &Form> {
        self.forms().iter().filter(|form| !form.is_blank())
    }

    /// Whether it is headed as our form is: 典型案例申报表.
    pub(super) fn is_headed_as_ours(&self, words: &WordLists) -> bool {
        let mut head = self.text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3);
        head.any(|line| line.contains("典型案例") && !line.contains('\t') && words.form_names.stands_in(line))
    }

    /// Whether it speaks as a form does, although none was made out in it: its labels are torn from their values.
    pub(super) fn may_be_a_form(&self, setup: &Setup) -> bool {
        let named = setup.words.form_names.stands_in(&self.file.name);
        let plain = match self.content {
            Content::Plain | Content::CaseText(_) => self.role != Role::SummaryTable && self.listed.is_empty(),
            Content::Ledger => named,
            // Of another kind: were it ours, it would be a case.
            Content::Forms(_) => return self.filled().next().is_some(),
            Content::Scan | Content::Unreadable(_) | Content::Unsupported | Content::File => false,
        };
        // Of pages whose characters stand anywhere, what calls itself a form may be one that can't be made out.
        let pages = matches!(self.file.file_type, FileType::Document(Format::Pdf | Format::Ofd)) && named;
        plain && (pages || setup.labels.spoken_of(&self.text) >= LABELS)
    }

    /// Whether it shows pages and says nothing.
    pub(super) fn is_picture(&self) -> bool {
        matches!(self.file.file_type, FileType::Image(_)) || matches!(self.content, Content::Scan)
    }

    /// Whether a form may be in it that this version can't read.
    pub(super) fn is_unread_candidate(&self) -> bool {
        let unread = matches!(self.content, Content::Unsupported) || matches!(self.file.file_type, FileType::Archive(_));
        unread && self.role == Role::Evidence
            || (unread
                && self.role == Role::Scan
                && matches!(self.file.file_type, FileType::Document(format) if format != Format::Ofd)
                && !self.named_as_scan())
    }

    fn named_as_scan(&self) -> bool {
        ["扫描", "盖章", "签章"].iter().any(|word| self.file.name.contains(word))
    }

    /// What it is taken for beside the cases of the mail. A blank form is nothing.
    pub(super) fn role_by_content(&self) -> Role {
        match &self.content {
            Content::Unreadable(_) => Role::Unreadable,
            Content::CaseText(_) if self.role == Role::Evidence => Role::CaseText,
            Content::Forms(_) if self.filled().any(|form| form.names_a_case() && !form.is_of_a_project()) => Role::FormCopy,
            Content::Forms(_)
            | Content::CaseText(_)
            | Content::Ledger
            | Content::Scan
            | Content::Plain
            | Content::Unsupported
            | Content::File => self.role,
        }
    }

    /// Whether it belongs to the mail as a whole: a letter, a table, a blank form.
    pub(super) fn is_of_the_mail(&self) -> bool {
        let blank = matches!(self.content, Content::Forms(_)) && self.filled().next().is_none();
        blank || matches!(self.role_by_content(), Role::Letter | Role::SummaryTable)
    }
}
