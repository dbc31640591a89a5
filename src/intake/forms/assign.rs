//! Which case each other file goes with: by what its name and folders say, else by what it says itself.
//!
//! 1. A copy of a form goes with its case.
//! 2. From the name outwards to the outermost folder: whose unit or title stands there, or whose form lies alone in it.
//! 3. What a form's own file is called, without 申报表 (`某所2-申报表.docx`, `某所2-盖章页.jpg`).
//! 4. A number at the head of a name that one form's name has too (`03-证书.jpg`), where the numbers are the forms'.
//! 5. A unit's name without its place (计量检定测试所), where one form alone has it.
//! 6. The one unit, or the one title, that stands in the file's own text.
//!
//! What fits several cases is narrowed down by the next rule; what is left with more than one goes with none.

use super::copies;
use super::found::Found;
use super::look::Item;
use super::names::{bare_form, folded, number, own_name, plain_forms, title_forms};
use crate::intake::text;
use std::collections::BTreeSet;

/// The cases that a file goes with.
pub(super) struct Assigned {
    /// For each file its case; none where nothing tells.
    pub of: Vec<Option<usize>>,
    /// Whether there is one case only, which everything goes with.
    pub single: bool,
}

/// What a case is known by.
struct Case<'a> {
    path: &'a str,
    plain: Vec<String>,
    bare: Option<String>,
    file: Option<String>,
    whole: Vec<String>,
    number: Option<u32>,
}

pub(super) fn assign(found: &[Found<'_>], others: &[&Item<'_>]) -> Assigned {
    let cases: Vec<Case<'_>> = found.iter().map(Case::of).collect();
    let numbered = numbers_are_of_forms(&cases, others);
    let of = others.iter().map(|item| {
        if item.is_of_the_mail() {
            return None;
        }
        copied(item, found).or_else(|| place(item, &cases, numbered))
    });
    Assigned { of: of.collect(), single: found.len() == 1 }
}

impl<'a> Case<'a> {
    fn of(found: &Found<'a>) -> Case<'a> {
        let path = found.file().path.as_str();
        let form = found.form();
        let unit = form.and_then(|form| form.unit.as_deref());
        let title = form.and_then(|form| form.title.as_deref());
        let mut plain = unit.map(plain_forms).unwrap_or_default();
        plain.extend(title.map(title_forms).unwrap_or_default());
        let file = own_name(&found.file().name);
        // Of a form that names no unit the file's own name is left: 某所申报表.xlsx beside 某所盖章页.jpg.
        plain.extend(file.clone().filter(|_| unit.is_none()));
        let whole = [unit, title].into_iter().flatten().map(folded).filter(|name| name.chars().count() >= 5).collect();
        Case { path, plain, bare: unit.and_then(bare_form), file, whole, number: number(found.file().name.as_str()) }
    }
}

/// The case of which a form in the file is another copy.
fn copied(item: &Item<'_>, found: &[Found<'_>]) -> Option<usize> {
    let mut cases: Vec<usize> = Vec::new();
    for form in item.filled() {
        cases.extend(found.iter().position(|case| case.form().is_some_and(|known| copies::are_one_case(known, form))));
    }
    cases.dedup();
    if let [only] = cases.as_slice() { Some(*only) } else { None }
}

fn place(item: &Item<'_>, cases: &[Case<'_>], numbered: bool) -> Option<usize> {
    if cases.len() < 2 {
        return cases.first().map(|_| 0);
    }
    let mut left: Vec<usize> = (0..cases.len()).collect();
    let parts: Vec<&str> = item.file.path.split('/').collect();
    for depth in (0..parts.len()).rev() {
        let part = folded(parts.get(depth).copied().unwrap_or_default());
        narrow(&mut left, cases, |case| case.plain.iter().any(|name| part.contains(name)));
        keep_fullest(&mut left, cases, &part);
        if let [only] = left.as_slice() {
            return Some(*only);
        }
        let folder = parts.get(..depth).filter(|folder| !folder.is_empty()).map(|folder| format!("{}/", folder.join("/")));
        if let Some(folder) = folder {
            let beside: Vec<usize> =
                left.iter().copied().filter(|at| cases.get(*at).is_some_and(|case| case.path.starts_with(&folder))).collect();
            match beside.as_slice() {
                [] => {}
                [only] => return Some(*only),
                [..] => left = beside,
            }
        }
    }
    let path = folded(&item.file.path);
    narrow(&mut left, cases, |case| case.file.as_ref().is_some_and(|name| path.contains(name)));
    if numbered {
        let own = number_within(&parts);
        narrow(&mut left, cases, |case| own.is_some() && case.number == own);
    }
    narrow(&mut left, cases, |case| case.bare.as_ref().is_some_and(|name| path.contains(name)));
    if left.len() > 1 && !item.text.is_empty() {
        let text = folded(&item.text);
        narrow(&mut left, cases, |case| case.whole.iter().any(|name| text.contains(name)));
    }
    if let [only] = left.as_slice() { Some(*only) } else { None }
}

/// The number of a file or of what it lies in: of `案例2-盖章页.zip/1.jpg` it is 2, for a bare number counts pages.
fn number_within(parts: &[&str]) -> Option<u32> {
    let is_bare = |part: &&&str| text::stem(part).chars().all(|c| c.is_ascii_digit());
    let named = parts.iter().rev().filter(|part| !is_bare(part)).find_map(|part| number(part));
    named.or_else(|| parts.iter().find_map(|part| number(part)))
}

/// Of 某某中心 and 某某中心标准化科 it is the latter that a name means which holds both.
fn keep_fullest(left: &mut Vec<usize>, cases: &[Case<'_>], part: &str) {
    let fullest = |at: &usize| {
        let names = cases.get(*at).into_iter().flat_map(|case| &case.plain);
        names.filter(|name| part.contains(*name)).max_by_key(|name| name.len()).cloned()
    };
    let named: Vec<Option<String>> = left.iter().map(fullest).collect();
    let is_part = |name: &String| named.iter().flatten().any(|other| other.len() > name.len() && other.contains(name));
    let mut kept = named.iter().map(|name| !name.as_ref().is_some_and(is_part));
    left.retain(|_| kept.next().unwrap_or(true));
}

/// Keeps those that a rule speaks for, if it speaks for any.
fn narrow(left: &mut Vec<usize>, cases: &[Case<'_>], holds: impl Fn(&Case<'_>) -> bool) {
    if left.len() < 2 {
        return;
    }
    let kept: Vec<usize> = left.iter().copied().filter(|at| cases.get(*at).is_some_and(&holds)).collect();
    if !kept.is_empty() {
        *left = kept;
    }
}

/// Whether the numbers before the names of loose files are those of the forms, rather than a count of their own:
/// every form has one of its own, and no file has a number that is no form's.
fn numbers_are_of_forms(cases: &[Case<'_>], others: &[&Item<'_>]) -> bool {
    let of_forms: BTreeSet<u32> = cases.iter().filter_map(|case| case.number).collect();
    let all = of_forms.len() == cases.len() && cases.len() > 1;
    let loose = others.iter().filter(|item| !item.is_of_the_mail()).filter_map(|item| number(&item.file.name));
    all && loose.into_iter().all(|number| of_forms.contains(&number))
}
