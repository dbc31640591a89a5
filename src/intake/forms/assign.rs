//! Which case each other file goes with.

use super::found::Found;
use super::look::Item;
use crate::intake::evidence::{self, CaseNames};

pub(super) struct Assigned {
    pub of: Vec<Option<usize>>,
    pub single: bool,
}

pub(super) fn assign(found: &[Found<'_>], others: &[&Item<'_>]) -> Assigned {
    let names: Vec<CaseNames<'_>> = found
        .iter()
        .map(|case| match case {
            Found::Form { file, form } => CaseNames { file: &file.path, unit: form.unit.as_deref(), title: form.title.as_deref() },
            Found::Unreadable { file, .. } => CaseNames { file: &file.path, unit: None, title: None },
        })
        .collect();
    Assigned { of: others.iter().map(|item| evidence::belongs_to(&item.file.path, &names)).collect(), single: found.len() == 1 }
}
