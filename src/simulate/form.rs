//! A filled-in application form (Annex 2) as a DOCX, as a unit would send it, right or with something lacking, and the letter
//! that a bureau lays beside such forms.

use crate::intake::blank_form::packed;
use crate::model::campaign::{Campaign, Category};
use docx_rs::{Docx, Paragraph, Run, Table, TableCell, TableRow};
use jiff::civil::Date;

/// What a form lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Nothing: with the stamped scan it is complete.
    Nothing,
    /// No number.
    Phone,
    /// No tick.
    Category,
    /// More words than are allowed.
    Brevity,
    /// The stamped scan beside it.
    Seal,
}

/// What stands in it.
#[derive(Debug, Clone)]
pub struct Filled {
    /// 案例题目.
    pub title: String,
    /// 报送单位.
    pub unit: String,
    /// 联系人.
    pub person: String,
    /// 电话.
    pub phone: String,
    /// Which of the boxes is ticked.
    pub category: Category,
    /// The date of 报送单位意见.
    pub date: Date,
}

/// The form as the bytes of a `.docx` file.
pub fn form(filled: &Filled, lack: Lack, campaign: &Campaign) -> Result<Vec<u8>, String> {
    let labels = &campaign.form.labels;
    let first = |words: &[String]| words.first().cloned().unwrap_or_default();
    let phone = if lack == Lack::Phone { "" } else { &filled.phone };
    let rows = vec![
        pair(&first(&labels.title), &filled.title),
        pair(&first(&labels.unit), &filled.unit),
        pair(&first(&labels.category), &choices(campaign, (lack != Lack::Category).then_some(filled.category))),
        pair(&first(&labels.contact), &format!("{} {phone}", filled.person)),
        whole(vec![format!("一、{}", first(&labels.introduction))]),
        whole(introduction(filled, lack, campaign)),
        whole(vec![format!("二、{}", first(&labels.materials))]),
        whole(vec!["服务台账、现场照片".to_owned()]),
        whole(vec![
            format!("{}：", first(&labels.opinion)),
            "情况属实，同意报送。".to_owned(),
            "盖　章：".to_owned(),
            filled.date.strftime("%Y年%-m月%-d日").to_string(),
        ]),
    ];
    packed(Docx::new().add_paragraph(line(campaign.form.title.trim())).add_table(Table::new(rows)))
}

/// A bureau's letter beside the forms.
pub fn letter(region: &str) -> Result<Vec<u8>, String> {
    let lines = ["推荐函", "省市场监督管理局：", "经审核，现推荐我地典型案例，请予审阅。", region];
    packed(lines.iter().fold(Docx::new(), |docx, text| docx.add_paragraph(Paragraph::new().add_run(Run::new().add_text(*text)))))
}

fn introduction(filled: &Filled, lack: Lack, campaign: &Campaign) -> Vec<String> {
    let headings = &campaign.form.headings;
    let limit = campaign.form.introduction_words.limit;
    let times = if lack == Lack::Brevity { usize::try_from(limit / 60).unwrap_or_default() } else { 4 };
    let sentence = format!("{}围绕产业需求开展服务，组织技术人员深入企业一线，帮助解决计量、标准、检验检测中的实际困难。", filled.unit);
    let part = |ordinal: &str, words: &[String], times: usize| {
        [format!("{ordinal}、{}", words.first().cloned().unwrap_or_default()), sentence.repeat(times)]
    };
    [part("一", &headings.background, 2), part("二", &headings.practices, times), part("三", &headings.results, 2)].concat()
}

fn choices(campaign: &Campaign, ticked: Option<Category>) -> String {
    let on_form = campaign.categories.iter().filter(|category| category.on_form && category.id != Category::Other);
    let boxes: Vec<String> =
        on_form.map(|category| format!("{}{}", if Some(category.id) == ticked { '☑' } else { '□' }, category.label)).collect();
    format!("{}  其它________", boxes.join("  "))
}

fn line(text: &str) -> Paragraph {
    Paragraph::new().add_run(Run::new().add_text(text))
}

fn pair(label: &str, value: &str) -> TableRow {
    TableRow::new(vec![TableCell::new().add_paragraph(line(label)), TableCell::new().add_paragraph(line(value))])
}

fn whole(lines: Vec<String>) -> TableRow {
    TableRow::new(vec![lines.iter().fold(TableCell::new().grid_span(2), |cell, text| cell.add_paragraph(line(text)))])
}
