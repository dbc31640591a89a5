//! What the form says, where in it each value stood, and which rule found what.

use super::Account;
use crate::cli::case::tell;
use crate::cli::words;
use crate::model::reading::{CaseReading, FieldTrace};
use crate::report::explain::rules::{self, State};
use crate::report::explain::{Cell, Chapter, Fact, Mark, Part};
use crate::store::RevisionRow;

impl Account {
    /// Each field of the standing revision.
    pub(super) fn form(&self) -> Chapter {
        let Some(revision) = self.standing() else { return Chapter::default() };
        let reading = &revision.reading;
        let rows = self.values(reading).into_iter().map(|(key, label, value)| -> Vec<Cell> {
            let (place, because) = stood(&revision.trace.fields, key, reading);
            vec![label.into(), value.into(), place.into(), because.into(), self.settled(key).into()]
        });
        let file = vec![
            Fact::new("版本", format!("第{}版（现行）", revision.revision)),
            Fact::new("文件", reading.form.file.clone()),
            Fact::new("文件 SHA-256", revision.form_sha256.clone()),
            Fact::new("读出内容 SHA-256", revision.reading_sha256.clone()),
        ];
        let heads = ["栏目", "读出的内容", "在文件中的位置", "依据", "人工决定"];
        let introduction = &reading.introduction;
        let lead = "位置是程序读出该内容之处；未列位置的内容不在申报表上，由程序推定。人工决定优先于读出的内容。";
        Account::chapter(
            "form",
            "申报表内容",
            lead,
            [
                Some(Part::Facts { facts: file }),
                Part::table("申报表各栏", &heads, rows.collect()),
                Part::text("案例介绍全文", introduction.text.as_deref()),
                Part::text("相关证明材料栏", reading.materials.as_deref()),
                Part::text("报送单位意见栏", reading.opinion.text.as_deref()),
            ],
        )
    }

    fn values(&self, reading: &CaseReading) -> Vec<(&'static str, &'static str, String)> {
        let blank = |text: Option<&str>| text.unwrap_or("（未填）").to_owned();
        let categories: Vec<&str> = reading.categories.iter().map(|category| words::category(category.as_str())).collect();
        let other = reading.category_other.as_ref().map(|other| format!("（{other}）")).unwrap_or_default();
        let contacts = std::iter::once(&reading.contact).chain(&reading.more_contacts);
        let contacts: Vec<String> = contacts.map(|contact| tell::contact(contact, self.contacts)).filter(|told| !told.is_empty()).collect();
        let focus = reading.focus_areas.iter().map(|area| format!("{}（因“{}”）", words::focus(&area.id), area.because.join("”“")));
        let date = reading.opinion.date.clone().unwrap_or_else(|| "未写日期".to_owned());
        let mut values = vec![
            ("title", "案例题目", blank(reading.title.as_deref())),
            ("unit", "报送单位", blank(reading.unit.as_deref())),
            (
                "categories",
                "案例分类",
                format!("{}{other}", if categories.is_empty() { "（未勾选）".to_owned() } else { categories.join("、") }),
            ),
            ("contact", "联系人及电话", if contacts.is_empty() { "（未填）".to_owned() } else { contacts.join("\n") }),
            ("introduction", "案例介绍", format!("{}字，全文见下", reading.introduction.words)),
            ("materials", "相关证明材料", if reading.materials.is_some() { "见下".to_owned() } else { blank(None) }),
            ("opinion", "报送单位意见", if reading.opinion.text.is_some() { format!("见下，{date}") } else { blank(None) }),
            ("seal", "公章", words::seal(reading.seal.as_str()).to_owned()),
            ("region", "市州", words::region(reading.region.as_deref()).to_owned()),
            ("channel", "渠道", words::channel(reading.channel.as_str()).to_owned()),
            ("focus_areas", "重点方面（建议）", focus.collect::<Vec<_>>().join("\n")),
        ];
        if !reading.joint_units.is_empty() {
            values.insert(2, ("joint_units", "联合单位", reading.joint_units.join("、")));
        }
        values
    }

    /// What people settled about a field.
    fn settled(&self, key: &str) -> String {
        let standing = self.detail.rulings.iter().filter(|ruling| ruling.field == key && ruling.state == "standing");
        standing.map(|ruling| tell::ruling(ruling, self.contacts)).collect::<Vec<_>>().join("\n")
    }

    /// Each rule of the campaign file with what it found, for every revision.
    pub(super) fn rules(&self) -> Chapter {
        let tables = self.detail.revisions.iter().rev().flat_map(|revision| {
            let whose = if Some(revision.revision) == self.standing().map(|standing| standing.revision) { "（现行）" } else { "" };
            let caption = format!("第{}版{whose}", revision.revision);
            match self.rules_of(revision) {
                Some(file) => {
                    [Part::table(caption, &HEADS, outcomes(revision, &file.campaign)), Some(judged_by(revision, &file.campaign.id))]
                }
                None => [Part::table(caption, &["问题", "如何"], unexplained(revision)), Some(unknown(revision))],
            }
        });
        let lead = "规则来自征集活动文件：“通知规定”是通知所写，“专班规定”由专班确定。每件案例保留判定时所用文件的摘要，文件以后变动不影响这里的结果。";
        Account::chapter("rules", "核对规则", lead, tables.collect::<Vec<_>>())
    }
}

const HEADS: [&str; 5] = ["规则", "结果", "查出的问题", "在征集活动文件中", "出处"];

fn outcomes(revision: &RevisionRow, campaign: &crate::model::campaign::Campaign) -> Vec<Vec<Cell>> {
    let row = |outcome: rules::Outcome| -> Vec<Cell> {
        let mark = match outcome.state {
            State::Kept => Mark::Good,
            State::Broken => Mark::Bad,
            State::Doubtful | State::NotApplied => Mark::Open,
        };
        let found = outcome.found.join("\n");
        vec![
            outcome.says.into(),
            Cell::marked(outcome.state.label(), mark),
            found.into(),
            outcome.place.into(),
            rules::basis(outcome.basis).into(),
        ]
    };
    rules::outcomes(&revision.reading, campaign).into_iter().map(row).collect()
}

fn judged_by(revision: &RevisionRow, campaign: &str) -> Part {
    let facts = vec![Fact::new("征集活动", campaign), Fact::new("征集活动文件 SHA-256", revision.campaign_sha256.clone())];
    Part::Facts { facts }
}

/// The file that judged it was not kept: what it found is.
fn unexplained(revision: &RevisionRow) -> Vec<Vec<Cell>> {
    let whose = |severity: &str| if severity == "correct" { ("需补正", Mark::Bad) } else { ("待人工核查", Mark::Open) };
    let row = |defect: &crate::store::DefectRow| -> Vec<Cell> {
        let (word, mark) = whose(&defect.severity);
        vec![defect.message.clone().into(), Cell::marked(word, mark)]
    };
    revision.defects.iter().map(row).collect()
}

fn unknown(revision: &RevisionRow) -> Part {
    let words = format!("{}（此文件当时未保存，规则原文须另查）", revision.campaign_sha256);
    Part::Facts { facts: vec![Fact::new("征集活动文件 SHA-256", words)] }
}

/// Where in the file a value stood, and why it was read so; of what stands nowhere, how it was found.
fn stood(traces: &[FieldTrace], key: &str, reading: &CaseReading) -> (String, String) {
    let of_field = || traces.iter().filter(|trace| trace.field == key);
    if of_field().next().is_none() {
        let because = match key {
            "region" if reading.region.is_some() => "由单位名称、单位名册或座机区号确定",
            "channel" => "由发件单位和汇总表判断",
            "focus_areas" if !reading.focus_areas.is_empty() => "由题目和介绍中的文字建议",
            "seal" => "附件中没有可认出的印章",
            _ => "",
        };
        return (String::new(), because.to_owned());
    }
    let joined = |part: fn(&FieldTrace) -> &str| {
        let mut parts: Vec<&str> = of_field().map(part).collect();
        parts.dedup();
        parts.join("\n")
    };
    (joined(|trace| &trace.place), joined(|trace| &trace.because))
}
