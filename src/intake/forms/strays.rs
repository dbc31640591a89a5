//! Forms that can't be read among several that can: each is a case of its own, since a bureau sends one for each unit.
//!
//! Beside a single form such a file is evidence at most. Where it may be the copy of a form that was read, it is one.

use super::found::{Found, is_pictured_form, scan_only, unreadable};
use super::look::{Content, Item};
use super::names::{folded, number, plain_forms, title_forms};
use crate::intake::unpack::FileType;
use crate::intake::word_lists::WordLists;
use std::collections::BTreeSet;

/// The cases with the strays among them, in the order of the files.
pub(super) fn among<'a>(items: &[Item<'a>], found: Vec<Found<'a>>, words: &WordLists) -> Vec<Found<'a>> {
    if found.len() < 2 {
        return found;
    }
    let mut strays: Vec<Found<'a>> = Vec::new();
    for folder in folders_without_a_form(items, &found) {
        let within = || items.iter().filter(|item| item.file.path.starts_with(&folder));
        let broken = within().filter(|item| is_document(item)).find_map(unreadable);
        let stray = broken.or_else(|| within().find(|item| is_pictured_form(item, words)).map(scan_only));
        strays.extend(stray);
    }
    let broken = items.iter().filter(|item| is_document(item) && matches!(item.content, Content::Unreadable(_)));
    for item in broken.filter(|item| words.form_names.stands_in(&item.file.name) && !may_be_a_copy(item, &found)) {
        if !strays.iter().any(|known| std::ptr::eq(known.file(), item.file)) {
            strays.extend(unreadable(item));
        }
    }
    let at = |case: &Found<'a>| items.iter().position(|item| std::ptr::eq(item.file, case.file())).unwrap_or(usize::MAX);
    let mut all: Vec<Found<'a>> = found.into_iter().chain(strays).collect();
    all.sort_by_key(at);
    all
}

fn is_document(item: &Item<'_>) -> bool {
    matches!(item.file.file_type, FileType::Document(_))
}

/// Folders beside at least two that hold one form each: a folder for each unit.
fn folders_without_a_form(items: &[Item<'_>], found: &[Found<'_>]) -> Vec<String> {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let parent = |folder: &str| folder.trim_end_matches('/').rsplit_once('/').map(|(parent, _)| format!("{parent}/"));
    let of_forms: Vec<String> = found.iter().filter_map(|case| folder(&case.file().path)).collect();
    let parents: BTreeSet<String> = of_forms.iter().filter_map(|folder| parent(folder)).collect();
    let mut without = BTreeSet::new();
    for above in parents {
        let holders: BTreeSet<&String> = of_forms.iter().filter(|folder| parent(folder).as_ref() == Some(&above)).collect();
        let direct = of_forms.contains(&above);
        if holders.len() < 2 || direct {
            continue;
        }
        let children = items.iter().filter_map(|item| {
            let (name, _) = item.file.path.strip_prefix(&above)?.split_once('/')?;
            Some(format!("{above}{name}/"))
        });
        without.extend(children.filter(|child| !of_forms.iter().any(|folder| folder.starts_with(child))));
    }
    without.into_iter().collect()
}

/// Whether its name is that of a form which was read: by unit, title or number.
fn may_be_a_copy(item: &Item<'_>, found: &[Found<'_>]) -> bool {
    let path = folded(&item.file.path);
    let own_number = number(&item.file.name);
    found.iter().any(|case| {
        let names = case.form().map(|form| {
            let unit = form.unit.as_deref().map(plain_forms).unwrap_or_default();
            unit.into_iter().chain(form.title.as_deref().map(title_forms).unwrap_or_default()).collect::<Vec<_>>()
        });
        let named = names.unwrap_or_default().iter().any(|name| path.contains(name));
        named || (own_number.is_some() && own_number == number(&case.file().name))
    })
}
