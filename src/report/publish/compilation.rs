//! The compilation (案例汇编) as a DOCX: a cover, the contents, a chapter for each case with its pictures.
//!
//! The contents stand there in full, each entry with a field that asks for the page of its chapter, since only the word
//! processor knows it. A field for the whole of the contents would show no pages in those that don't fill it when they open
//! a file; the headings have their levels, so that one can be put in its place.

use super::docx::{self, BODY, FANG_SONG, HEI, KAI, RED, SMALL, SONG, TITLE, line, run};
use super::{Case, Publication, Tag};
use docx_rs::{AlignmentType, Docx, FieldCharType, Footer, Hyperlink, HyperlinkType, InstrPAGEREF, InstrText, Paragraph, Run};

/// A chapter: a batch, or a case.
enum Chapter<'a> {
    Batch(&'a Tag),
    Case(usize, &'a Case),
}

impl Chapter<'_> {
    /// What both the contents and the chapter call it.
    fn title(&self) -> String {
        match self {
            Chapter::Batch(batch) => batch.label.clone(),
            Chapter::Case(at, case) => format!("案例{at}　{}", case.title),
        }
    }

    fn style(&self) -> (&'static str, &'static str) {
        match self {
            Chapter::Batch(_) => ("Heading1", "TOC1"),
            Chapter::Case(..) => ("Heading2", "TOC2"),
        }
    }
}

/// The bytes of the `.docx` file.
pub fn compilation(publication: &Publication) -> Result<Vec<u8>, String> {
    let chapters = chapters(&publication.cases);
    let docx = docx::sheet().footer(docx::footer()).first_footer(Footer::new().add_paragraph(Paragraph::new()));
    let mut docx = contents(cover(docx, publication), &chapters);
    let mut pictures = 0;
    for (at, chapter) in chapters.iter().enumerate() {
        let (style, _) = chapter.style();
        let heading = |text: &str, size: usize| {
            let named = Paragraph::new().add_bookmark_start(at + 1, anchor(at)).add_run(run(text, SONG, size).bold());
            named.add_bookmark_end(at + 1).style(style).align(AlignmentType::Center).page_break_before(true)
        };
        match chapter {
            Chapter::Batch(_) => {
                let spacing = docx_rs::LineSpacing::new().before(5200).after(400);
                docx = docx.add_paragraph(heading(&chapter.title(), TITLE).line_spacing(spacing));
            }
            Chapter::Case(_, case) => {
                let spacing = docx_rs::LineSpacing::new().before(0).after(120);
                docx = docx.add_paragraph(heading(&chapter.title(), TITLE - 6).line_spacing(spacing));
                docx = docx::content(case, &mut pictures).into_iter().fold(facts(docx, case), Docx::add_paragraph);
            }
        }
    }
    docx::packed(docx, &format!("{}汇编", publication.title), &publication.office)
}

/// Batches head their cases where there are several.
fn chapters(cases: &[Case]) -> Vec<Chapter<'_>> {
    let several = cases.windows(2).any(|two| matches!(two, [one, other] if one.batch.id != other.batch.id));
    let mut chapters = Vec::new();
    let mut batch = None;
    for (at, case) in cases.iter().enumerate() {
        if several && batch != Some(&case.batch.id) {
            chapters.push(Chapter::Batch(&case.batch));
            batch = Some(&case.batch.id);
        }
        chapters.push(Chapter::Case(at + 1, case));
    }
    chapters
}

fn anchor(at: usize) -> String {
    format!("_Toc{:08}", at + 1)
}

fn cover(docx: Docx, publication: &Publication) -> Docx {
    let centred = |run: Run, before| line(run, AlignmentType::Center, before, 0);
    // A long title breaks where its words do.
    let (head, tail) = publication.title.split_once("典型案例").map_or((publication.title.as_str(), ""), |(head, _)| (head, "典型案例"));
    let docx = docx
        .add_paragraph(centred(run(&publication.brand, SONG, 96).bold().color(RED).character_spacing(80), 1400))
        .add_paragraph(centred(run(&publication.slogan, KAI, BODY).color(RED), 240))
        .add_paragraph(centred(run(head, SONG, TITLE).bold(), 1500))
        .add_paragraph(centred(run(&format!("{tail}汇编"), SONG, 72).bold().character_spacing(60), 300))
        .add_paragraph(centred(run(&publication.office, FANG_SONG, BODY), 3200));
    match publication.as_of {
        Some(day) => docx.add_paragraph(centred(run(&day.strftime("%Y年%-m月").to_string(), FANG_SONG, BODY), 160)),
        None => docx,
    }
}

fn contents(docx: Docx, chapters: &[Chapter<'_>]) -> Docx {
    let heading = line(run("目　录", HEI, TITLE - 8), AlignmentType::Center, 0, 360).page_break_before(true);
    let mut docx = docx.add_paragraph(heading);
    for (at, chapter) in chapters.iter().enumerate() {
        let (_, style) = chapter.style();
        let size = if style == "TOC1" { SMALL + 6 } else { SMALL + 4 };
        let page = Run::new()
            .add_field_char(FieldCharType::Begin, true)
            .add_instr_text(InstrText::PAGEREF(InstrPAGEREF::new(anchor(at)).hyperlink()))
            .add_field_char(FieldCharType::Separate, false)
            .add_field_char(FieldCharType::End, false);
        let words = run(&chapter.title(), FANG_SONG, size);
        let words = if style == "TOC1" { words.bold() } else { words };
        let link = Hyperlink::new(anchor(at), HyperlinkType::Anchor).add_run(words).add_run(Run::new().add_tab()).add_run(page);
        docx = docx.add_paragraph(docx::entry(style).add_hyperlink(link));
    }
    docx
}

/// Who applied, where, and for what.
fn facts(docx: Docx, case: &Case) -> Docx {
    let categories: Vec<&str> = case.categories.iter().map(|category| category.label.as_str()).collect();
    let told = [case.region.label.clone(), categories.join("、"), case.focus.join("、")];
    let told: Vec<String> = told.into_iter().filter(|text| !text.is_empty()).collect();
    let centred = |text: &str, after| line(run(text, KAI, SMALL + 4), AlignmentType::Center, 0, after);
    docx.add_paragraph(centred(&case.units.join("　"), 40)).add_paragraph(centred(&told.join("　|　"), 320))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use std::io::{Cursor, Read};

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn it_has_a_cover_contents_and_a_chapter_for_each_case() {
        let publication = sample::publication();
        let bytes = compilation(&publication).unwrap();
        assert_eq!(bytes, compilation(&publication).unwrap());
        let xml = part(&bytes, "word/document.xml");
        for text in [
            "荆楚质汇",
            "典型案例汇编",
            "2023年9月",
            "PAGEREF _Toc00000001",
            "案例1　以计量测试服务光电子产业",
            "上半年阶段性征集",
            "一、背景和意义",
        ] {
            assert!(xml.contains(text), "{text}");
        }
        assert_eq!(xml.matches("案例3　检验检测一站式服务").count(), 2, "in the contents and at its chapter");
        for at in 1..=5 {
            assert_eq!(xml.matches(&anchor(at - 1)).count(), 3, "bookmark, link and page of {at}");
        }
        assert!(xml.contains("&lt;script&gt;") && !xml.contains("<script") && !xml.contains("陈楚江") && !xml.contains("19900009037"));
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
        let names: Vec<String> = (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names.iter().filter(|name| name.starts_with("word/media/") && name.ends_with(".jpeg")).count(), 1, "{names:?}");
        assert!(part(&bytes, "word/_rels/document.xml.rels").contains(".jpeg\""));
        let about = part(&bytes, "docProps/core.xml");
        assert!(about.contains("51020") && about.contains("<dc:title>2023年湖北省"), "{about}");
    }
}
