//! Which case each other file goes with: by what its name and folders say, else by what it says itself.
//!
//! 1. A copy of a form goes with its case.
//! 2. From the name outwards to the outermost folder: whose unit or title stands there, or whose form lies alone in it.
//! 3. What a form's own file is called, without 申报表 (`某所2-申报表.docx`, `某所2-盖章页.jpg`).
//! 4. A number at the head of a name that one form's name has too (`03-证书.jpg`), where the numbers are the forms' and
//!    what the file lies in has no other one.
//! 5. A unit's name without its place (计量检定测试所), behind no other's, where one form alone has it.
//! 6. The one unit, or the one title, that stands in the file's own text.
//!
//! What fits several cases is narrowed down by the next rule; what is left with more than one goes with none.

use super::copies;
use super::found::Found;
use super::look::Item;
use super::names::{bare_form, folded, number, own_name, plain_forms, title_forms};
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
        keep_fullest(&mut left, cases, |case| case.plain.iter().filter(|name| part.contains(*name)).collect());
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
    let called = |case: &Case<'_>| case.file.as_ref().is_some_and(|name| holds_whole(&path, name));
    narrow(&mut left, cases, called);
    keep_fullest(&mut left, cases, |case| case.file.iter().filter(|_| called(case)).collect());
    if numbered {
        let own = number_within(&parts);
        narrow(&mut left, cases, |case| own.is_some() && case.number == own);
    }
    narrow(&mut left, cases, |case| case.bare.as_ref().is_some_and(|name| stands_without_place(&path, name)));
    if left.len() > 1 && !item.text.is_empty() {
        let text = folded(&item.text);
        narrow(&mut left, cases, |case| case.whole.iter().any(|name| text.contains(name)));
    }
    if let [only] = left.as_slice() { Some(*only) } else { None }
}

/// The number of the case that a file's path gives: a case's own (`案例2-盖章页.zip/1.jpg`), else the file's. Where it
/// lies in something with another number, either may count pages or enclosures: there is none. That of an enclosure
/// (附件2.zip) says nothing beside the file's.
fn number_within(parts: &[&str]) -> Option<u32> {
    let (name, around) = parts.split_last()?;
    let of_case = parts.iter().rev().filter(|part| part.starts_with("案例")).find_map(|part| number(part));
    let outer = around.iter().rev().filter(|part| !part.starts_with("附件")).find_map(|part| number(part));
    of_case.or_else(|| match (number(name), outer) {
        (Some(own), Some(outer)) if own != outer => None,
        (own, _) => own.or_else(|| around.iter().rev().find_map(|part| number(part))),
    })
}

/// Whether a unit's name without its place stands in a path, and behind no other place: not 市场监管局 in 公安县市场监管局.
fn stands_without_place(path: &str, name: &str) -> bool {
    let placed = |at: usize| path.get(..at).is_some_and(|before| before.ends_with(|c: char| matches!(c, '\u{4e00}'..='\u{9fff}')));
    path.match_indices(name).any(|(at, _)| !placed(at))
}

/// Whether a name stands in a path and, if a number ends it, all of that: not 某中心1 in 某中心12-证书.
fn holds_whole(path: &str, name: &str) -> bool {
    let goes_on = |rest: &str| name.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(|c: char| c.is_ascii_digit());
    path.match_indices(name).any(|(at, _)| path.get(at + name.len()..).is_some_and(|rest| !goes_on(rest)))
}

/// Of 某某中心 and 某某中心标准化科 it is the latter that a name means which holds both; `held` are a case's names in it.
fn keep_fullest<'a>(left: &mut Vec<usize>, cases: &'a [Case<'a>], held: impl Fn(&'a Case<'a>) -> Vec<&'a String>) {
    let fullest = |at: &usize| cases.get(*at).and_then(|case| held(case).into_iter().max_by_key(|name| name.len()).cloned());
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
