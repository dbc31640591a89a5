//! Writes the blank application form (Annex 2) as a DOCX (ECMA-376) from the campaign's labels.
//!
//! It prints on one A4 page and grows with what is filled in. The same campaign gives the same bytes:
//! the archive is written again with one fixed time, deflated, because docx-rs stores its parts
//! uncompressed and leaves their time to its ZIP library.

use crate::model::campaign::{Campaign, Category, CategoryRule};
use docx_rs::{
    AlignmentType, Docx, LineSpacing, LineSpacingType, PageMargin, Paragraph, Run, RunFonts, Table, TableCell, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, WidthType,
};
use std::io::{Cursor, Read, Write};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The sentences that Annex 2 prints beside its labels.
const MATERIALS_GUIDANCE: &str = "如有，可附获得的相关荣誉、媒体宣传素材、研究成果等内容材料。";
const SEAL_LINE: &str = "盖　章：";
const DATE_LINE: &str = "年   月   日";

/// Widths in twentieths of a point: label, value, both.
const LABEL: usize = 2100;
const VALUE: usize = 6744;
const WHOLE: usize = LABEL + VALUE;

/// The three faces of an official document; each has a Windows name that WPS and Word both map.
#[derive(Clone, Copy)]
enum Face {
    Song,
    FangSong,
    Hei,
}

/// Why the form could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the blank form cannot be written: {0}")]
pub struct BlankFormError(String);

/// The blank form as the bytes of a `.docx` file.
pub fn blank_form(campaign: &Campaign) -> Result<Vec<u8>, BlankFormError> {
    let margins = PageMargin::new().top(1361).bottom(1134).left(1531).right(1531).header(720).footer(720).gutter(0);
    let page = Docx::new().page_size(11906, 16838).page_margin(margins).default_fonts(fonts(Face::FangSong)).default_size(28);
    let heading = paragraph(line("附件2", Face::Hei, 32)).line_spacing(LineSpacing::new().before(0).after(160));
    let titled = campaign
        .form
        .title
        .lines()
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .fold(page.add_paragraph(heading), |page, title| page.add_paragraph(title_line(title)));
    let docx = titled.add_paragraph(spaced(Paragraph::new(), 240)).add_table(table(campaign)).add_paragraph(spaced(Paragraph::new(), 20));
    packed(docx).map_err(BlankFormError)
}

fn table(campaign: &Campaign) -> Table {
    let labels = &campaign.form.labels;
    let headings = &campaign.form.headings;
    let limit = campaign.form.introduction_words.limit;
    let introduction = [
        format!("总体情况介绍，{limit}字以内。"),
        numbered("一、", &headings.background),
        "……".to_owned(),
        numbered("二、", &headings.practices),
        "……".to_owned(),
        numbered("三、", &headings.results),
        "……".to_owned(),
    ];
    let rows = vec![
        pair(first(&labels.title), ""),
        pair(first(&labels.unit), ""),
        pair(first(&labels.category), &choices(&campaign.categories)),
        pair(first(&labels.contact), ""),
        whole(580.0, vec![paragraph(line(&numbered("一、", &labels.introduction), Face::Hei, 28))]).cant_split(),
        whole(4700.0, introduction.iter().map(|text| paragraph(line(text, Face::FangSong, 28))).collect()),
        whole(580.0, vec![paragraph(line(&numbered("二、", &labels.materials), Face::Hei, 28))]).cant_split(),
        whole(1250.0, vec![paragraph(line(MATERIALS_GUIDANCE, Face::FangSong, 28))]),
        whole(2400.0, opinion(first(&labels.opinion))).cant_split(),
    ];
    let margins = TableCellMargins::new().margin(60, 113, 60, 113);
    Table::new(rows).set_grid(vec![LABEL, VALUE]).width(WHOLE, WidthType::Dxa).layout(TableLayoutType::Fixed).margins(margins)
}

/// A label and the blank beside it.
fn pair(label: &str, value: &str) -> TableRow {
    let label = paragraph(line(label, Face::Hei, 28)).align(AlignmentType::Center);
    let label = TableCell::new().width(LABEL, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(label);
    let value = paragraph(line(value, Face::FangSong, 28));
    let value = TableCell::new().width(VALUE, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(value);
    TableRow::new(vec![label, value]).row_height(620.0).cant_split()
}

/// A row of one cell over both columns.
fn whole(height: f32, paragraphs: Vec<Paragraph>) -> TableRow {
    let cell = TableCell::new().width(WHOLE, WidthType::Dxa).grid_span(2);
    TableRow::new(vec![paragraphs.into_iter().fold(cell, TableCell::add_paragraph)]).row_height(height)
}

fn opinion(label: &str) -> Vec<Paragraph> {
    let label = format!("{}：", label.trim_end_matches(['：', ':']));
    let signed = |text: &str, indent| {
        let line = paragraph(line(text, Face::FangSong, 28)).align(AlignmentType::Right);
        line.indent(None, None, Some(indent), None)
    };
    let blank = || paragraph(line("", Face::FangSong, 28));
    vec![paragraph(line(&label, Face::Hei, 28)), blank(), blank(), signed(SEAL_LINE, 1960), signed(DATE_LINE, 560)]
}

/// `□计量  □标准  □检验检测  □认证   其它________`: as the notice prints it, 其它 has a line and no box.
fn choices(categories: &[CategoryRule]) -> String {
    let mut out = String::new();
    for category in categories.iter().filter(|category| category.on_form) {
        match category.id {
            Category::Other => out.push_str(&format!(" {}________", category.label)),
            Category::Metrology | Category::Standards | Category::Inspection | Category::Certification | Category::IntellectualProperty => {
                out.push_str(&format!("□{}  ", category.label))
            }
        }
    }
    out.trim_end().to_owned()
}

fn first(labels: &[String]) -> &str {
    labels.first().map(String::as_str).unwrap_or_default()
}

/// The label with its ordinal, whether or not the campaign file writes it.
fn numbered(ordinal: &str, labels: &[String]) -> String {
    let label = first(labels);
    format!("{ordinal}{}", label.strip_prefix(ordinal).unwrap_or(label))
}

fn title_line(text: &str) -> Paragraph {
    paragraph(line(text, Face::Song, 44).bold()).align(AlignmentType::Center)
}

fn paragraph(run: Run) -> Paragraph {
    Paragraph::new().add_run(run).snap_to_grid(false).line_spacing(LineSpacing::new().before(0).after(0))
}

fn spaced(paragraph: Paragraph, twentieths: i32) -> Paragraph {
    paragraph.snap_to_grid(false).line_spacing(LineSpacing::new().line_rule(LineSpacingType::Exact).line(twentieths))
}

fn line(text: &str, face: Face, half_points: usize) -> Run {
    Run::new().add_text(text).fonts(fonts(face)).size(half_points)
}

fn fonts(face: Face) -> RunFonts {
    let name = match face {
        Face::Song => "宋体",
        Face::FangSong => "仿宋",
        Face::Hei => "黑体",
    };
    // One face in every slot, so that □, …… and digits are drawn like the words beside them.
    RunFonts::new().ascii(name).hi_ansi(name).east_asia(name).hint("eastAsia")
}

/// Packs a DOCX: deflated, each part of the same time, so that the same document has the same bytes.
pub(crate) fn packed(docx: Docx) -> Result<Vec<u8>, String> {
    packed_with(docx, |name, bytes| (name, bytes))
}

/// As [`packed`], with each part as `change` makes it of its name and bytes.
pub(crate) fn packed_with(docx: Docx, change: impl Fn(String, Vec<u8>) -> (String, Vec<u8>)) -> Result<Vec<u8>, String> {
    let mut packed = Cursor::new(Vec::new());
    docx.pack(&mut packed).map_err(|error| error.to_string())?;
    repacked(packed, change).map_err(|error| error.to_string())
}

fn repacked(archive: Cursor<Vec<u8>>, change: impl Fn(String, Vec<u8>) -> (String, Vec<u8>)) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipArchive::new(archive)?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default());
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        if part.is_file() {
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes)?;
            let (name, bytes) = change(part.name()?.into_owned(), bytes);
            writer.start_file(name, options)?;
            writer.write_all(&bytes)?;
        }
    }
    let mut bytes = writer.finish()?;
    bytes.flush()?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign() -> Campaign {
        toml::from_str(crate::config::builtin::CAMPAIGN).unwrap()
    }

    fn document(bytes: Vec<u8>) -> String {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut xml = String::new();
        archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
        xml
    }

    #[test]
    fn annex_2_stands_in_its_order() {
        let xml = document(blank_form(&campaign()).unwrap());
        let mut rest = xml.as_str();
        for text in [
            "附件2",
            "2023年湖北省质量基础设施服务产业发展<",
            ">典型案例<",
            ">案例题目<",
            ">报送单位<",
            ">案例分类<",
            ">□计量  □标准  □检验检测  □认证   其它________<",
            ">联系人及电话<",
            ">一、案例介绍<",
            ">总体情况介绍，1500字以内。<",
            ">一、背景和意义<",
            ">二、主要做法和创新点<",
            ">三、工作成效<",
            ">二、相关证明材料<",
            ">如有，可附获得的相关荣誉、媒体宣传素材、研究成果等内容材料。<",
            ">报送单位意见：<",
            ">盖　章：<",
            ">年   月   日<",
        ] {
            rest = rest.split_once(text).unwrap_or_else(|| panic!("no {text}, or not in its place")).1;
        }
    }

    #[test]
    fn the_same_campaign_gives_the_same_bytes() {
        let campaign = campaign();
        let first = blank_form(&campaign).unwrap();
        assert_eq!(first, blank_form(&campaign).unwrap());
        let mut archive = ZipArchive::new(Cursor::new(first)).unwrap();
        for index in 0..archive.len() {
            assert_eq!(archive.by_index(index).unwrap().last_modified(), Some(DateTime::default()));
        }
    }
}
