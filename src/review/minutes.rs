//! The minutes of a review (评审纪要) as DOCX: how it was done, who judged, who didn't and why, the ranking with what the
//! reviewers disagree on; the seed, the cases as they were assigned and all that changed afterwards, by which anybody can work
//! the assignment out again from this paper alone.

use super::docx::{WIDTH, body, centred, clean, heading, page, right, table, title};
use super::ranking::{Ranked, points};
use crate::intake::blank_form::packed;
use crate::model::campaign::Campaign;
use crate::model::review::{Bar, ReviewRules, Reviewer};
use docx_rs::Docx;
use serde::Serialize;
use std::collections::BTreeMap;

/// A round that is closed.
#[derive(Debug, Clone, Copy)]
pub struct Minutes<'a> {
    /// Brand, title and signature.
    pub campaign: &'a Campaign,
    /// By what was judged.
    pub rules: &'a ReviewRules,
    /// 上半年阶段性征集.
    pub batch: &'a str,
    /// SHA-256 of the frozen batch's manifest.
    pub manifest_sha256: &'a str,
    /// When it was opened and closed, in words.
    pub dates: (&'a str, &'a str),
    /// The seed.
    pub seed: &'a str,
    /// How many judged a case.
    pub per_case: u32,
    /// Who judged, and how many cases.
    pub reviewers: &'a [(&'a Reviewer, usize)],
    /// Who didn't judge what: number, reviewer's code, why, what was said.
    pub bars: &'a [(&'a str, &'a str, Bar, &'a str)],
    /// The ranking, with title and unit of each case.
    pub ranking: &'a [(&'a Ranked, &'a str, &'a str)],
    /// The cases that were assigned, by number: number, code, and who judges it now, or did to the last.
    pub assigned: &'a [(&'a str, &'a str, Vec<&'a str>)],
    /// What happened after that.
    pub changes: &'a [Change],
}

/// What happened after the assignment: somebody withdrew, or a case is judged no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When, as an instant of the record; none where nobody noted it.
    pub at: Option<String>,
    /// `recused`, `withdrawn`, `returned`, `merged`, `possible_revision` or `classified`.
    pub what: String,
    /// The case's number.
    pub case_number: String,
    /// Who withdrew.
    pub reviewer: Option<String>,
    /// Who judges instead.
    pub instead: Option<String>,
    /// The cases that counted for nobody's load by then.
    pub without: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Change {
    /// What people read.
    pub fn label(&self) -> &str {
        match self.what.as_str() {
            "recused" => "回避",
            "withdrawn" => "撤回",
            "returned" => "退回",
            "merged" => "并案",
            "possible_revision" => "待并案",
            "classified" => "疑似涉密",
            other => other,
        }
    }

    /// Why, and what else is needed to work out who judges instead.
    pub fn note(&self) -> String {
        let without = match self.without.as_slice() {
            [] => String::new(),
            numbers => format!("当时已不参加评审的：{}", numbers.join("、")),
        };
        [self.reason.clone(), without].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("；")
    }
}

/// In the order in which it happened; what nobody noted the time of comes last. Within a second a case left before the first
/// recusal that was without it.
pub fn in_order(mut changes: Vec<Change>) -> Vec<Change> {
    let firsts: BTreeMap<String, usize> = changes.iter().rev().flat_map(Change::first_without).collect();
    let rank = |change: &Change| match change.reviewer {
        Some(_) => 2 * change.without.len() + 1,
        None => firsts.get(&change.case_number).map_or(usize::MAX, |without| 2 * without),
    };
    changes.sort_by_cached_key(|change| (change.at.is_none(), change.at.clone(), rank(change)));
    changes
}

impl Change {
    /// The cases that it was without, with how many these were: of a later one more.
    fn first_without(&self) -> impl Iterator<Item = (String, usize)> {
        self.without.iter().map(|number| (number.clone(), self.without.len()))
    }
}

impl Minutes<'_> {
    /// The bytes of a `.docx` file; the same round gives the same.
    pub fn docx(&self) -> Result<Vec<u8>, String> {
        let (brand, rules) = (&self.campaign.brand, self.rules);
        let mut docx = page(&format!("{}典型案例评审纪要", brand.name))
            .add_paragraph(title(&format!("{}典型案例评审纪要", brand.name)))
            .add_paragraph(centred(&format!("{}　{}", self.batch, self.dates.1)))
            .add_paragraph(heading("一、评审办法"));
        for sentence in self.method() {
            docx = docx.add_paragraph(body(&sentence));
        }
        let rows: Vec<Vec<String>> =
            rules.criteria.iter().map(|one| vec![one.name.clone(), format!("{}%", one.weight), one.note.clone()]).collect();
        docx = docx.add_table(table(&[1700, 1100, WIDTH - 2800], &["评分项", "权重", "评分要点"], &rows));
        docx = docx.add_paragraph(heading("二、评审专家"));
        let rows: Vec<Vec<String>> = self
            .reviewers
            .iter()
            .map(|(one, cases)| vec![one.code.clone(), clean(&one.name), clean(&one.unit), format!("{cases}件")])
            .collect();
        docx = docx.add_table(table(&[1100, 1800, WIDTH - 4200, 1300], &["代号", "姓名", "单位", "评审"], &rows));
        docx = docx.add_paragraph(heading("三、回避情况"));
        docx = if self.bars.is_empty() {
            docx.add_paragraph(body("没有需要回避的情形。"))
        } else {
            let row = |(number, reviewer, bar, reason): &(&str, &str, Bar, &str)| {
                let why = if reason.is_empty() { bar.label().to_owned() } else { format!("{}：{}", bar.label(), clean(reason)) };
                vec![(*reviewer).to_owned(), (*number).to_owned(), why]
            };
            let rows: Vec<Vec<String>> = self.bars.iter().map(row).collect();
            docx.add_table(table(&[1100, 2400, WIDTH - 3500], &["专家", "案例编号", "原因"], &rows))
        };
        docx = docx.add_paragraph(heading("四、评审结果").page_break_before(true));
        let rows: Vec<Vec<String>> = self.ranking.iter().map(|row| self.row(row)).collect();
        let heads = ["排名", "案例编号", "案例题目", "报送单位", "平均分", "中位数", "高低差", "备注"];
        docx = docx.add_table(table(&[560, 1880, 2000, 1460, 800, 800, 700, 800], &heads, &rows));
        docx = docx.add_paragraph(heading("五、各位专家的评分"));
        let rows: Vec<Vec<String>> = self.ranking.iter().map(|(ranked, ..)| self.totals(ranked)).collect();
        docx = docx.add_table(table(&[1900, 1100, WIDTH - 3000], &["案例编号", "评审代号", "专家代号和总分（*为离群）"], &rows));
        docx = self.appendix(docx);
        for text in ["", "评审组签字：　　　　　　　　　　　　", "", &self.campaign.office.signature, self.dates.1] {
            docx = docx.add_paragraph(right(text));
        }
        packed(docx)
    }

    /// Who judges what, as it follows from the seed, and what changed.
    fn appendix(&self, docx: Docx) -> Docx {
        let row = |(number, code, reviewers): &(&str, &str, Vec<&str>)| {
            vec![(*number).to_owned(), (*code).to_owned(), if reviewers.is_empty() { "—".into() } else { reviewers.join("　") }]
        };
        let rows: Vec<Vec<String>> = self.assigned.iter().map(row).collect();
        let docx = docx
            .add_paragraph(heading("六、案例与专家的分配"))
            .add_paragraph(body("参加分配的案例、评审代号和最终的评审专家如下。回避情况中除分配之后回避的以外，均在分配之前已定。"))
            .add_table(table(&[2400, 1600, WIDTH - 4000], &["案例编号", "评审代号", "评审专家"], &rows))
            .add_paragraph(heading("七、分配之后的变动"));
        if self.changes.is_empty() {
            return docx.add_paragraph(body("没有变动。"));
        }
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
        let row = |change: &Change| {
            let at = change.at.as_deref().map_or_else(|| "—".into(), minute);
            let (reviewer, instead) = (dash(&change.reviewer), dash(&change.instead));
            vec![at, change.label().to_owned(), change.case_number.clone(), reviewer, instead, clean(&change.note())]
        };
        let rows: Vec<Vec<String>> = self.changes.iter().map(row).collect();
        let heads = ["时间", "事项", "案例编号", "专家", "补派", "说明"];
        docx.add_paragraph(body("按先后列出。撤回、退回、并案的案例不再评审，也不计入各位专家的件数。")).add_table(table(
            &[1900, 800, 1880, 700, 700, WIDTH - 5980],
            &heads,
            &rows,
        ))
    }

    fn method(&self) -> [String; 3] {
        let rules = self.rules;
        [
            format!(
                "{}截止并冻结后启动评审（清单SHA-256：{}），共{}件案例，{}位专家，每件案例由{}位专家评审，方式为{}。评审自{}起，至{}止。",
                self.batch,
                self.manifest_sha256,
                self.ranking.len(),
                self.reviewers.len(),
                self.per_case,
                rules.mode.label(),
                self.dates.0,
                self.dates.1
            ),
            format!(
                "案例与专家的分配、评审代号和材料的顺序由种子“{}”按公开的算法（SHA-256）确定，任何人可据此和第二、三、六、七部分重算。利害关系人按单位、上下级{}和本人申请回避。",
                self.seed,
                if rules.exclude_region { "、市州" } else { "" }
            ),
            format!(
                "每位专家的总分为各项得分按权重之和；案例按各位专家总分的平均分排名，平均分相同的比较中位数。总分与本案例中位数相差超过{}分的（至少3位专家评审）记为离群，最高与最低总分相差超过{}分的记为分歧较大；两者只作提示，不改变排名。",
                rules.outlier, rules.disagreement
            ),
        ]
    }

    fn row(&self, (ranked, name, unit): &(&Ranked, &str, &str)) -> Vec<String> {
        let shown = |hundredths: Option<u64>| hundredths.map_or_else(|| "—".into(), points);
        let outliers = ranked.totals.iter().filter(|total| total.outlier).count();
        let notes = [ranked.disagreed.then(|| "分歧较大".to_owned()), (outliers > 0).then(|| format!("离群{outliers}人"))];
        vec![
            ranked.rank.map_or_else(|| "—".into(), |rank| rank.to_string()),
            ranked.number.clone(),
            clean(name),
            clean(unit),
            shown(ranked.mean),
            shown(ranked.median),
            points(ranked.spread),
            notes.into_iter().flatten().collect::<Vec<_>>().join("、"),
        ]
    }

    fn totals(&self, ranked: &Ranked) -> Vec<String> {
        let total = |one: &super::ranking::Total| {
            let mark = if one.outlier { "*" } else { "" };
            format!("{} {}{mark}", one.reviewer, points(one.points))
        };
        vec![ranked.number.clone(), ranked.code.clone(), ranked.totals.iter().map(total).collect::<Vec<_>>().join("　")]
    }
}

/// `2023-07-05 10:00`, from an instant of the record.
fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}
