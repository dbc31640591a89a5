//! The cases among the files: a form each; where there is none, a form that can't be read, or a picture of one.

use super::look::{Content, Item};
use super::{copies, strays};
use crate::intake::Setup;
use crate::intake::form::Form;
use crate::intake::stamp::Subject;
use crate::intake::unpack::{File, Unpacked};
use crate::intake::word_lists::WordLists;
use crate::model::defect::DefectCode;
use crate::model::reading::Role;

/// A case before it is checked.
pub(super) enum Found<'a> {
    /// `versions` are the files in which the same form says something else.
    Form {
        file: &'a File,
        form: Box<Form>,
        versions: Vec<&'a File>,
    },
    Unreadable {
        file: &'a File,
        code: DefectCode,
        message: String,
    },
}

impl<'a> Found<'a> {
    pub(super) fn names_a_case(&self) -> bool {
        self.form().is_some_and(Form::names_a_case)
    }

    pub(super) fn file(&self) -> &'a File {
        match self {
            Found::Form { file, .. } | Found::Unreadable { file, .. } => file,
        }
    }

    /// Whether it was read from a file, or from another version of it.
    pub(super) fn is_in(&self, file: &File) -> bool {
        let is = |own: &File| std::ptr::eq(own, file);
        is(self.file()) || matches!(self, Found::Form { versions, .. } if versions.iter().any(|version| is(version)))
    }

    /// What its seal is looked for on.
    pub(super) fn subject(&self, alone: bool) -> Subject<'_> {
        Subject { file: self.file(), form: self.form(), alone }
    }

    pub(super) fn form(&self) -> Option<&Form> {
        match self {
            Found::Form { form, .. } => Some(form),
            Found::Unreadable { .. } => None,
        }
    }
}

/// The cases of a mail: a form each. Where there is none, a form that can't be read, or a picture named as one.
pub(super) fn cases<'a>(items: &[Item<'a>], unpacked: &Unpacked, setup: &Setup) -> Vec<Found<'a>> {
    let words = &setup.words;
    let mut found: Vec<Found<'a>> = Vec::new();
    for item in items {
        item.filled().for_each(|form| add(item.file, form, &mut found));
    }
    // A document without 案例题目 beside a form with one is a ledger or a letter.
    if found.iter().any(Found::names_a_case) {
        found.retain(Found::names_a_case);
    }
    // Nor is somebody's 项目申报表 one of ours, which asks for neither 案例分类 nor 报送单位意见: alone, a person looks at it,
    // unless its heading says that it is ours.
    let ours = found.iter().any(|case| case.form().is_some_and(Form::asks_as_ours));
    let headed = |file: &File| items.iter().any(|item| item.file.path == file.path && item.is_headed_as_ours(words));
    found.retain(|case| case.form().is_none_or(|form| !form.is_of_a_project()) || (!ours && headed(case.file())));
    if !found.is_empty() {
        return strays::among(items, found, words);
    }
    if items.iter().any(|item| matches!(item.content, Content::Forms(_))) {
        return found;
    }
    without_any(items, unpacked, setup).into_iter().collect()
}

/// A further form, or another version of one that is known.
fn add<'a>(file: &'a File, form: &Form, found: &mut Vec<Found<'a>>) {
    for known in found.iter_mut() {
        let Found::Form { file: earlier_file, form: earlier, versions } = known else { continue };
        if !copies::are_one_case(earlier, form) && !copies::are_versions((earlier_file, earlier), (file, form)) {
            continue;
        }
        let differ = !copies::say_the_same((earlier_file, earlier), (file, form));
        let better = copies::is_better((file, form), (earlier_file, earlier));
        if differ {
            versions.push(if better { earlier_file } else { file });
        }
        if better {
            *earlier_file = file;
            **earlier = form.clone();
        }
        return;
    }
    found.push(Found::Form { file, form: Box::new(form.clone()), versions: Vec::new() });
}

/// A mail without a form that can be read.
fn without_any<'a>(items: &[Item<'a>], unpacked: &Unpacked, setup: &Setup) -> Option<Found<'a>> {
    let words = &setup.words;
    let unreadable = items.iter().filter(|item| could_be_a_form(item, words)).find_map(unreadable);
    if unreadable.is_some() {
        return unreadable;
    }
    if let Some(item) = items.iter().find(|item| unpacked.encrypted.contains(&item.file.path)) {
        let message = format!("压缩包“{}”设有密码，无法打开", item.file.name);
        return Some(Found::Unreadable { file: item.file, code: DefectCode::ArchiveEncrypted, message });
    }
    if items.iter().any(|item| item.is_unread_candidate() || item.may_be_a_form(setup)) {
        return None;
    }
    items.iter().find(|item| is_pictured_form(item, words)).map(|item| scan_only(item))
}

/// Whether a file that can't be read may have been the form: not what its name says is something else.
fn could_be_a_form(item: &Item<'_>, words: &WordLists) -> bool {
    let name = &item.file.name;
    let is_other = [&words.evidence_names, &words.letter_names, &words.summary_names].iter().any(|list| list.stands_in(name));
    item.role != Role::SummaryTable && (words.form_names.stands_in(name) || !is_other)
}

pub(super) fn is_pictured_form(item: &Item<'_>, words: &WordLists) -> bool {
    item.is_picture() && words.form_names.stands_in(&item.file.name)
}

pub(super) fn scan_only<'a>(item: &Item<'a>) -> Found<'a> {
    let message = "只收到申报表的扫描件或照片，未收到可编辑的申报表".to_owned();
    Found::Unreadable { file: item.file, code: DefectCode::FormScanOnly, message }
}

pub(super) fn unreadable<'a>(item: &Item<'a>) -> Option<Found<'a>> {
    let Content::Unreadable(why) = item.content else { return None };
    let message = format!("附件“{}”无法读取（{why}）", item.file.name);
    Some(Found::Unreadable { file: item.file, code: DefectCode::FormUnreadable, message })
}
