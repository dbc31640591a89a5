//! What one file is: its content, the role that its name gives it, and whether it is marked as classified.

use super::marking::{head_is_classified, is_classified};
use crate::intake::Setup;
use crate::intake::document::{self, ReadError};
use crate::intake::evidence;
use crate::intake::form::{self, Form};
use crate::intake::unpack::{File, FileType};
use crate::model::document::{Document, Format};
use crate::model::reading::{Introduction, Role};

/// What one file turned out to be.
pub(super) enum Content {
    /// Forms, filled in or blank.
    Forms(Vec<Form>),
    /// The introduction as a document of its own.
    CaseText(Introduction),
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
}

pub(super) fn look<'a>(file: &'a File, setup: &Setup) -> Item<'a> {
    let role = evidence::role(file, &setup.campaign.words);
    let named = is_classified(&file.name, &setup.campaign.words.classified);
    let FileType::Document(format) = file.file_type else {
        return Item { file, content: Content::File, role, classified: named };
    };
    let (content, headed) = match document::read(format, &file.bytes, &setup.document_limits) {
        None => (Content::Unsupported, false),
        Some(Ok(document)) => (content(&document, setup), head_is_classified(&document, setup)),
        Some(Err(ReadError::Encrypted)) => (Content::Unreadable("文件有密码保护"), false),
        Some(Err(ReadError::Corrupt(_))) => (Content::Unreadable("文件损坏"), false),
        Some(Err(ReadError::TooLarge(_))) => (Content::Unreadable("文件内容过大"), false),
    };
    Item { file, content, role, classified: named || headed }
}

fn content(document: &Document, setup: &Setup) -> Content {
    let forms = form::read(document, &setup.campaign, &setup.labels);
    let forms: Vec<Form> = forms.into_iter().filter(|form| !form.is_ledger()).collect();
    if !forms.is_empty() {
        return Content::Forms(forms);
    }
    if !document.pictures.is_empty() && document.text().trim().is_empty() {
        return Content::Scan;
    }
    let lines: Vec<form::locate::Line> = form::locate::plain_lines(document);
    let read = form::introduction::read(&lines, &setup.campaign.form);
    let introduction = read.introduction;
    let parts = [&introduction.background, &introduction.practices, &introduction.results];
    if parts.iter().filter(|part| part.is_some()).count() >= 2 { Content::CaseText(introduction) } else { Content::Plain }
}

impl Item<'_> {
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

    pub(super) fn role_by_content(&self) -> Role {
        match &self.content {
            Content::Unreadable(_) => Role::Unreadable,
            Content::CaseText(_) if self.role == Role::Evidence => Role::CaseText,
            Content::Forms(forms) if forms.iter().any(Form::names_a_case) => Role::FormCopy,
            Content::Forms(_) => self.role,
            Content::CaseText(_) | Content::Scan | Content::Plain | Content::Unsupported | Content::File => self.role,
        }
    }
}
