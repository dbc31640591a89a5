//! What a bureau says that it sends, held against what came: 函列30件，实收28件，缺2件 (design rule 14).

use super::found::Found;
use super::names::{folded, plain_forms};
use super::table::Listed;
use crate::intake::of_the_mail;
use crate::model::defect::{Defect, DefectCode, Severity};

/// So many names are written out.
const NAMED: usize = 20;
/// So many pairs are held against each other letter by letter.
const PAIRS: usize = 40_000;
/// Titles of one case that two people wrote.
const ALIKE: f64 = 0.85;
/// Titles of one unit that may be one case's.
const KIN: f64 = 0.5;

/// A case that came, as far as it can be compared.
struct Came {
    title: String,
    unit: String,
    path: String,
    shown: String,
}

/// The table's rows against the cases: which row each case is, in the cases' order.
pub(super) struct Compared<'a> {
    /// For each case its row.
    pub rows: Vec<Option<&'a Listed>>,
    missing: Vec<&'a Listed>,
    extra: Vec<String>,
    renamed: Vec<String>,
    /// How many the table lists.
    pub listed: usize,
}

/// Whether a row and a case are the same.
type Rule<'r> = dyn Fn(&Listed, &Came) -> bool + 'r;

/// Finds each row's case: by its title, by unit and a like title, by a very like title, by the unit alone where
/// it has one of each, by the file's name where the form can't be read.
pub(super) fn compare<'a>(listed: &'a [Listed], found: &[Found<'_>]) -> Compared<'a> {
    let came: Vec<Came> = found.iter().map(Came::of).collect();
    let mut rows: Vec<Option<&'a Listed>> = vec![None; came.len()];
    let mut open: Vec<&'a Listed> = distinct(listed);
    let total = open.len();
    let dice = |row: &Listed, case: &Came| strsim::sorensen_dice(&folded(row.title.as_deref().unwrap_or_default()), &case.title);
    let titled =
        |row: &Listed, case: &Came| !case.title.is_empty() && row.title.as_deref().is_some_and(|title| folded(title) == case.title);
    let rules: [&Rule<'_>; 5] = [
        &|row, case| titled(row, case) && is_unit(row, case),
        &titled,
        &|row, case| is_unit(row, case) && dice(row, case) >= KIN,
        &|row, case| dice(row, case) >= ALIKE,
        &|row, case| case.title.is_empty() && case.unit.is_empty() && is_in_path(row, case),
    ];
    for rule in rules {
        let left = rows.iter().filter(|row| row.is_none()).count();
        if left * open.len() > PAIRS {
            continue;
        }
        for (row, case) in rows.iter_mut().zip(&came).filter(|(row, _)| row.is_none()) {
            if let Some(at) = open.iter().position(|candidate| rule(candidate, case)) {
                *row = Some(open.remove(at));
            }
        }
    }
    by_unit_alone(&mut rows, &mut open, &came);
    let extra = rows.iter().zip(&came).filter(|(row, _)| row.is_none()).map(|(_, case)| case.shown.clone()).collect();
    let renamed =
        rows.iter().zip(&came).filter(|(row, case)| row.is_some_and(|row| is_renamed(row, case))).map(|(_, case)| case.shown.clone());
    Compared { missing: open, extra, renamed: renamed.collect(), listed: total, rows }
}

fn by_unit_alone<'a>(rows: &mut [Option<&'a Listed>], open: &mut Vec<&'a Listed>, came: &[Came]) {
    if came.len() * open.len() > PAIRS {
        return;
    }
    for at in 0..came.len() {
        let Some(case) = came.get(at).filter(|case| !case.unit.is_empty()) else { continue };
        let rivals = rows.iter().zip(came).filter(|(row, other)| row.is_none() && other.unit == case.unit).count();
        let candidates: Vec<usize> = (0..open.len()).filter(|row| open.get(*row).is_some_and(|row| is_unit(row, case))).collect();
        if let ([only], 1, Some(slot)) = (candidates.as_slice(), rivals, rows.get_mut(at).filter(|row| row.is_none())) {
            *slot = Some(open.remove(*only));
        }
    }
}

/// The same case in two tables of one mail (as a document and as a sheet) is listed once.
fn distinct(listed: &[Listed]) -> Vec<&Listed> {
    let mut seen = std::collections::BTreeSet::new();
    let key = |text: &Option<String>| text.as_deref().map(folded).unwrap_or_default();
    listed.iter().filter(|row| seen.insert((key(&row.title), key(&row.unit)))).collect()
}

fn is_unit(row: &Listed, case: &Came) -> bool {
    let Some(unit) = row.unit.as_deref().filter(|_| !case.unit.is_empty()) else { return false };
    folded(unit) == case.unit || plain_forms(unit).iter().any(|form| plain_forms(&case.unit).contains(form))
}

fn is_in_path(row: &Listed, case: &Came) -> bool {
    let title = row.title.as_deref().map(folded).filter(|title| title.chars().count() >= 6);
    let units = row.unit.as_deref().map(plain_forms).unwrap_or_default();
    title.into_iter().chain(units).any(|name| case.path.contains(&name))
}

fn is_renamed(row: &Listed, case: &Came) -> bool {
    !case.title.is_empty() && row.title.as_deref().is_some_and(|title| folded(title) != case.title)
}

impl Came {
    fn of(found: &Found<'_>) -> Came {
        let path = folded(&found.file().path);
        match found {
            Found::Form { form, file, .. } => {
                let (title, unit) = (form.title.as_deref().unwrap_or_default(), form.unit.as_deref().unwrap_or_default());
                let shown = if title.is_empty() && unit.is_empty() {
                    file.name.clone()
                } else {
                    named(form.title.as_deref(), form.unit.as_deref())
                };
                Came { title: folded(title), unit: folded(unit), path, shown }
            }
            Found::Unreadable { file, .. } => Came { title: String::new(), unit: String::new(), path, shown: file.name.clone() },
        }
    }
}

impl Compared<'_> {
    /// Whether there is a table.
    pub fn has_rows(&self) -> bool {
        self.listed > 0
    }

    /// Whether the table has anything to do with what came.
    pub fn fits(&self) -> bool {
        self.rows.iter().any(Option::is_some)
    }

    /// What a coordinator is told; none where everything is as listed.
    pub fn defect(&self) -> Option<Defect> {
        let received = self.rows.len();
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            let names: Vec<String> = self.missing.iter().map(|row| named(row.title.as_deref(), row.unit.as_deref())).collect();
            parts.push(format!("缺{}件：{}", names.len(), enumerated(&names)));
        }
        if !self.extra.is_empty() {
            parts.push(format!("表外{}件：{}", self.extra.len(), enumerated(&self.extra)));
        }
        if !self.renamed.is_empty() {
            parts.push(format!("题目与申报表不一致{}件：{}", self.renamed.len(), enumerated(&self.renamed)));
        }
        let message = format!("汇总表列{}件，实收{received}件；{}", self.listed, parts.join("；"));
        (!parts.is_empty()).then(|| of_the_mail(DefectCode::SummaryMismatch, Severity::Check, message))
    }
}

/// The number that a letter states against what came.
pub(super) fn stated_defect(stated: usize, whence: &str, received: usize) -> Option<Defect> {
    let difference = match (stated.checked_sub(received), received.checked_sub(stated)) {
        (Some(0), _) => return None,
        (Some(missing), _) => format!("缺{missing}件"),
        (None, more) => format!("多{}件", more.unwrap_or_default()),
    };
    let message = format!("{whence}写明{stated}件，实收{received}件，{difference}");
    Some(of_the_mail(DefectCode::SummaryMismatch, Severity::Check, message))
}

fn named(title: Option<&str>, unit: Option<&str>) -> String {
    match (title, unit) {
        (Some(title), Some(unit)) => format!("《{title}》（{unit}）"),
        (Some(title), None) => format!("《{title}》"),
        (None, Some(unit)) => unit.to_owned(),
        (None, None) => "（未填写题目）".to_owned(),
    }
}

fn enumerated(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
    if names.len() > NAMED { format!("{shown}等") } else { shown }
}
