//! A plan as the `[[activity]]` sections of a campaign file, and how it differs from the plan before.
//!
//! In a campaign file only these sections are written anew: every other byte, comments too, stays as it was (toml_edit).

use crate::model::campaign::Activity;
use serde::Serialize;
use toml_edit::{ArrayOfTables, DocumentMut, Item};

const KEY: &str = "activity";

#[derive(Serialize)]
struct Plan<'a> {
    activity: &'a [Activity],
}

/// Why a plan can't be written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// What TOML can't hold.
    #[error("活动计划无法写成 TOML：{0}")]
    Section(#[from] toml::ser::Error),
    /// The campaign file is none.
    #[error("征集活动文件不是 TOML：{0}")]
    File(#[from] toml_edit::TomlError),
    /// It says something else under that name.
    #[error("征集活动文件中的 activity 不是 [[activity]] 各节")]
    Other,
}

/// The sections, in the order of the plan.
pub fn section(activities: &[Activity]) -> Result<String, PlanError> {
    Ok(toml::to_string(&Plan { activity: activities })?)
}

/// A campaign file's text with this plan in the place of its own.
pub fn replaced(text: &str, activities: &[Activity]) -> Result<String, PlanError> {
    let mut file: DocumentMut = text.parse()?;
    let mut plan: DocumentMut = section(activities)?.parse()?;
    let mut sections = match plan.remove(KEY) {
        Some(Item::ArrayOfTables(sections)) => sections,
        _ => ArrayOfTables::new(),
    };
    let before = match file.get(KEY) {
        None => None,
        Some(Item::ArrayOfTables(before)) => before.get(0),
        Some(_) => return Err(PlanError::Other),
    };
    // The first stands where the first stood, with the comment above it; the others follow it.
    let position = before.and_then(toml_edit::Table::position);
    let above = before.and_then(|first| first.decor().prefix()).cloned();
    for (at, table) in sections.iter_mut().enumerate() {
        table.set_position(position);
        let above = above.clone().filter(|_| at == 0);
        table.decor_mut().set_prefix(above.unwrap_or_else(|| "\n".into()));
    }
    file.insert(KEY, Item::ArrayOfTables(sections));
    let written = file.to_string();
    // The library knows line feeds only.
    let is_of_windows = text.contains("\r\n") && text.matches("\r\n").count() == text.matches('\n').count();
    Ok(if is_of_windows { written.replace('\n', "\r\n") } else { written })
}

/// How a row of a plan stands to the plan before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was there, and said the same.
    Same,
    /// Its time or its hosts were others.
    Changed,
    /// It was not there.
    New,
}

impl Change {
    /// What is shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Change::Same => "不变",
            Change::Changed => "变动",
            Change::New => "新增",
        }
    }
}

/// For each row of the new plan how it stands to the old one, and the rows of the old one that are gone. What is done twice
/// in a year stands in two rows, so each old row is the match of one new row only.
pub fn compare<'a>(before: &'a [Activity], after: &[Activity]) -> (Vec<Change>, Vec<&'a Activity>) {
    let mut left: Vec<&Activity> = before.iter().collect();
    let mut take = |is: &dyn Fn(&Activity) -> bool| {
        let at = left.iter().position(|old| is(old));
        at.map(|at| left.remove(at)).is_some()
    };
    let same: Vec<bool> = after.iter().map(|new| take(&|old| old == new)).collect();
    let changes = after.iter().zip(same).map(|(new, same)| match same {
        true => Change::Same,
        false if take(&|old| old.item == new.item) => Change::Changed,
        false => Change::New,
    });
    let changes = changes.collect();
    (changes, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CampaignFile, builtin};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Read {
        activity: Vec<Activity>,
    }

    fn plan() -> Vec<Activity> {
        CampaignFile::builtin().unwrap().campaign.activities
    }

    fn of(text: &str) -> Vec<Activity> {
        toml::from_str::<Read>(text).unwrap().activity
    }

    #[test]
    fn what_is_written_reads_the_same() {
        assert_eq!(of(&section(&plan()).unwrap()), plan());
    }

    #[test]
    fn only_the_plan_of_a_campaign_file_is_written_anew() {
        let text = builtin::CAMPAIGN;
        let mut new = plan();
        new.truncate(2);
        new[1].time = "2024年5月".into();
        let written = replaced(text, &new).unwrap();
        assert_eq!(of(&written), new);
        let around = |text: &str| {
            let (above, plan) = text.split_once("[[activity]]").unwrap();
            let (_, last) = plan.rsplit_once("[[activity]]").unwrap();
            (above.to_owned(), last.split_once("\n\n").unwrap().1.to_owned())
        };
        assert_eq!(around(&written), around(text), "everything above and below, with its comments");
        assert_eq!(replaced(text, &plan()).unwrap(), text, "the same plan changes nothing");
    }

    #[test]
    fn a_plan_stays_between_the_tables_that_it_stood_between() {
        let text = format!("[a]\nx = 1\n\n{}\n[a.c]\ny = 2\n", section(&plan()[..1]).unwrap());
        let written = replaced(&text, &plan()[..2]).unwrap();
        assert!(written.starts_with("[a]\nx = 1\n\n[[activity]]") && written.ends_with("\n[a.c]\ny = 2\n"), "{written}");
    }

    #[test]
    fn a_file_without_a_plan_gets_one_and_line_endings_stay() {
        let bare = "id = \"2024\"\r\n[brand]\r\nname = \"甲\" # 品牌\r\n";
        let written = replaced(bare, &plan()[..2]).unwrap();
        assert!(written.starts_with(bare), "{written:?}");
        assert_eq!(of(&written), plan()[..2]);
        assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
        assert!(matches!(replaced("activity = 1\n", &plan()), Err(PlanError::Other)));
        assert!(matches!(replaced("= 1\n", &plan()), Err(PlanError::File(_))));
    }

    #[test]
    fn two_plans_are_told_apart_row_by_row() {
        let before = plan()[..3].to_vec();
        let mut after = vec![before[2].clone(), before[0].clone(), before[0].clone()];
        after[1].time = "每周五".into();
        let (changes, gone) = compare(&before, &after);
        assert_eq!(changes, [Change::Same, Change::New, Change::Same], "the equal row is matched first");
        assert_eq!(gone, [&before[1]]);
        let (changes, gone) = compare(&before[..1], &after[1..2]);
        assert_eq!((changes, gone), (vec![Change::Changed], Vec::new()));
    }
}
