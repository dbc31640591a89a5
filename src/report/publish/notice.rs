//! The public notice (公示) of the cases that are to be selected, as a DOCX and as HTML for a portal: which cases, until when,
//! and how somebody objects. Titles, units and places only; nothing of a case's text, and nobody's name or number but the
//! office's own.
//!
//! The HTML is what editors of portals keep: plain elements with styles of their own. Values are escaped by minijinja.

use super::docx::{self, FANG_SONG, HEI, SMALL, SONG, TITLE, line, run};
use super::{Case, Tag};
use crate::model::campaign::Campaign;
use crate::report::words;
use docx_rs::{
    AlignmentType, Docx, Shading, Table, TableAlignmentType, TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};
use jiff::civil::Date;
use minijinja::{Environment, Value, context, value::Serde};
use serde::Serialize;

const HEADS: [&str; 5] = ["序号", "案例编号", "案例题目", "报送单位", "地区"];
/// Widths of the columns, in twentieths of a point.
const WIDTHS: [usize; 5] = [700, 2360, 2934, 2000, 850];

/// A notice: the cases of one batch whose period is the same.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// Brand, titles, and whom to write to.
    pub campaign: &'a Campaign,
    /// Their batch.
    pub batch: &'a Tag,
    /// The day on which it is given.
    pub dated: Date,
    /// Its first and its last day.
    pub days: (Date, Date),
    /// How many working days these are.
    pub working_days: u32,
    /// Where objections are mailed to.
    pub mailbox: &'a str,
    /// The cases, by number.
    pub cases: &'a [Case],
}

#[derive(Debug, Clone, Serialize)]
struct Row {
    ordinal: usize,
    number: String,
    title: String,
    units: String,
    region: String,
}

impl Notice<'_> {
    /// What it is called.
    pub fn title(&self) -> String {
        let form: String = self.campaign.form.title.lines().map(str::trim).collect();
        format!("{form}拟入选名单公示")
    }

    fn paragraphs(&self) -> [String; 4] {
        let campaign = self.campaign;
        let (first, last) = self.days;
        let until = if first == last { words::day(first) } else { format!("{}至{}", words::day(first), words::day(last)) };
        let contact = campaign.office.contact.trim();
        let reached = if contact.is_empty() { String::new() } else { format!("联系方式：{contact}；") };
        [
            format!(
                "按照《{}》安排，经征集、专家综合评审，拟入选典型案例{}件（{}），现予公示，名单附后，按案例编号排列，排名不分先后。",
                campaign.title,
                self.cases.len(),
                self.batch.label
            ),
            format!("公示时间：{until}，共{}个工作日。", self.working_days),
            format!(
                "公示期间，任何单位和个人如有异议，请以书面形式向{}反映，写明案例题目、异议的内容和依据。以单位名义反映的请加盖公章；以个人名义反映的请署真实姓名和联系方式，便于核实。反映人的信息予以保密。",
                campaign.office.signature
            ),
            format!("{reached}电子邮箱：{}。请勿通过电子邮箱发送涉密和敏感信息。", self.mailbox),
        ]
    }

    fn rows(&self) -> Vec<Row> {
        let row = |(at, case): (usize, &Case)| Row {
            ordinal: at,
            number: case.number.clone(),
            title: case.title.clone(),
            units: case.units.join("、"),
            region: case.region.label.clone(),
        };
        (1..).zip(self.cases).map(row).collect()
    }

    /// The bytes of a `.docx` file; the same notice gives the same.
    pub fn docx(&self) -> Result<Vec<u8>, String> {
        let title = self.title();
        let (head, tail) = title.split_once("典型案例").map_or((title.as_str(), ""), |(head, _)| (head, "典型案例拟入选名单公示"));
        let centred = |text: &str, before, after| line(run(text, SONG, TITLE - 4).bold(), AlignmentType::Center, before, after);
        let mut docx = docx::sheet().footer(docx::footer()).add_paragraph(centred(head, 0, if tail.is_empty() { 320 } else { 60 }));
        if !tail.is_empty() {
            docx = docx.add_paragraph(centred(tail, 0, 320));
        }
        docx = self.paragraphs().iter().map(|text| docx::body(text)).fold(docx, Docx::add_paragraph);
        docx = docx.add_paragraph(docx::body(&format!("附件：拟入选典型案例名单（{}件）", self.cases.len())));
        for (text, before) in [(self.campaign.office.signature.clone(), 480), (words::day(self.dated), 60)] {
            docx = docx.add_paragraph(line(run(&text, FANG_SONG, docx::BODY), AlignmentType::Right, before, 0));
        }
        let list = line(run("附件", HEI, docx::BODY), AlignmentType::Left, 0, 120).page_break_before(true);
        let name = line(run("拟入选典型案例名单", SONG, TITLE - 8).bold(), AlignmentType::Center, 0, 60);
        let batch = line(run(&format!("（{}）", self.batch.label), FANG_SONG, SMALL + 4), AlignmentType::Center, 0, 200);
        docx = docx.add_paragraph(list).add_paragraph(name).add_paragraph(batch).add_table(self.table());
        docx::packed(docx, &title, &self.campaign.office.signature)
    }

    fn table(&self) -> Table {
        let cell = |text: &str, face: &str, width: usize, align: AlignmentType| {
            let paragraph = line(run(text, face, SMALL), align, 0, 0);
            TableCell::new().width(width, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(paragraph)
        };
        let head = HEADS.iter().zip(WIDTHS);
        let head = head.map(|(text, width)| cell(text, HEI, width, AlignmentType::Center).shading(Shading::new().fill("F3EEE6"))).collect();
        // A list of several pages has its heads on each.
        let head = TableRow::new(head).cant_split();
        let row = |row: Row| {
            let texts = [row.ordinal.to_string(), row.number, row.title, row.units, row.region];
            let aligned = [AlignmentType::Center, AlignmentType::Center, AlignmentType::Left, AlignmentType::Left, AlignmentType::Center];
            let cells = texts.iter().zip(WIDTHS).zip(aligned).map(|((text, width), align)| cell(text, FANG_SONG, width, align));
            TableRow::new(cells.collect()).cant_split()
        };
        let rows = std::iter::once(head).chain(self.rows().into_iter().map(row)).collect();
        let table = Table::new(rows).set_grid(WIDTHS.to_vec()).width(WIDTHS.iter().sum(), WidthType::Dxa);
        let margins = TableCellMargins::new().margin(50, 80, 50, 80);
        table.layout(TableLayoutType::Fixed).align(TableAlignmentType::Center).margins(margins)
    }

    /// The same for a portal.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        let campaign = self.campaign;
        let values = context! {
            title => self.title(), brand => &campaign.brand.name, paragraphs => self.paragraphs(), batch => &self.batch.label,
            signature => &campaign.office.signature, dated => words::day(self.dated), heads => HEADS, rows => Value::from(Serde(self.rows())),
        };
        Environment::new().render_named_str("notice.html", include_str!("copy_pages/notice.html"), values)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use jiff::civil::date;
    use std::io::{Cursor, Read};

    #[test]
    fn it_says_which_cases_until_when_and_how_to_object_and_nothing_of_people() {
        let mut campaign: Campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
        campaign.office.contact = "027-00000000".into();
        let publication = sample::publication();
        let notice = Notice {
            campaign: &campaign,
            batch: &publication.cases[0].batch,
            dated: date(2023, 7, 3),
            days: (date(2023, 7, 4), date(2023, 7, 10)),
            working_days: 5,
            mailbox: "cases@office.example",
            cases: &publication.cases[..2],
        };
        let bytes = notice.docx().unwrap();
        assert_eq!(bytes, notice.docx().unwrap());
        let mut xml = String::new();
        zip::ZipArchive::new(Cursor::new(bytes)).unwrap().by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
        let html = notice.html().unwrap();
        for text in [&xml, &html] {
            for said in [
                "拟入选典型案例2件",
                "2023年7月4日至2023年7月10日，共5个工作日",
                "如有异议，请以书面形式",
                "cases@office.example",
                "027-00000000",
                "JCZH-2023-0002",
                "十堰市计量检定测试所",
                "省直",
                "&lt;b&gt;领跑",
                "上半年阶段性征集",
            ] {
                assert!(text.contains(said), "{said}: {text}");
            }
            for hidden in ["陈楚江", "19900009037", "5526248", "光电子产业需要计量", "<b>领跑"] {
                assert!(!text.contains(hidden), "{hidden}");
            }
        }
        for banned in ["<style", "class=", " id=", "<script", "http", "url(", "position:"] {
            assert!(!html.contains(banned), "{banned}: {html}");
        }
        for tag in ["p", "h1", "h2", "table", "thead", "tbody", "tr", "th", "td"] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
