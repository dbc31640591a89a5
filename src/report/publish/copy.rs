//! A case as copy for where offices publish: a portal (门户网站) and a WeChat account (微信公众号), each as a DOCX for who
//! edits, and as HTML for who pastes.
//!
//! The HTML is what both editors keep: plain elements with styles of their own, no classes, no scripts, pictures within.
//! Values are escaped by minijinja, since the templates' names end in `.html`.

use super::docx::{self, FANG_SONG, KAI, SMALL, SONG, TITLE, line, run};
use super::{Case, Publication};
use crate::report::dossier::Entry;
use data_encoding::BASE64;
use docx_rs::{AlignmentType, Docx};
use minijinja::{Environment, Value, context, value::Serde};

/// Where copy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Portal,
    WeChat,
}

/// Why copy could not be written.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The template.
    #[error("稿件无法生成：{0}")]
    Template(#[from] minijinja::Error),
    /// The document.
    #[error("稿件无法生成：{0}")]
    Document(String),
}

/// The copy of a case, under `copy/` and its number.
pub fn copy(publication: &Publication, case: &Case) -> Result<Vec<Entry>, CopyError> {
    let mut files = Vec::new();
    for (place, name, template) in [
        (Place::Portal, "portal", include_str!("copy_pages/portal.html")),
        (Place::WeChat, "wechat", include_str!("copy_pages/wechat.html")),
    ] {
        let page = |extension: &str, bytes| Entry { path: format!("copy/{}/{name}.{extension}", case.number), bytes };
        files.push(page("docx", document(publication, case, place).map_err(CopyError::Document)?));
        files.push(page("html", html(publication, case, template)?.into_bytes()));
    }
    Ok(files)
}

fn html(publication: &Publication, case: &Case, template: &str) -> Result<String, minijinja::Error> {
    let pictures: Vec<String> =
        case.figures.iter().map(|figure| format!("data:image/jpeg;base64,{}", BASE64.encode(&figure.jpeg))).collect();
    let numerals: Vec<String> = (1..=case.parts.len()).map(super::numeral).collect();
    let values = context! { site => Value::from(Serde(publication)), case => Value::from(Serde(case)), pictures, numerals };
    Environment::new().render_named_str("copy.html", template, values)
}

fn document(publication: &Publication, case: &Case, place: Place) -> Result<Vec<u8>, String> {
    let mut docx = docx::sheet().footer(docx::footer());
    docx = docx.add_paragraph(line(run(&case.title, SONG, TITLE - 6).bold(), AlignmentType::Center, 0, 160));
    docx = match place {
        Place::Portal => docx.add_paragraph(centred(&format!("来源：{}", case.units.join("、")))),
        Place::WeChat => docx
            .add_paragraph(centred(&format!("{}　{}", publication.brand, publication.slogan)))
            .add_paragraph(docx::heading("摘要"))
            .add_paragraph(docx::body(&case.summary))
            .add_paragraph(docx::heading("正文")),
    };
    let mut pictures = 0;
    docx = docx::content(case, &mut pictures).into_iter().fold(docx, Docx::add_paragraph);
    let closing = match place {
        Place::Portal => format!("（案例由{}报送，入选{}）", case.units.join("、"), publication.title),
        Place::WeChat => format!("来源：{}　编发：{}", case.units.join("、"), publication.office),
    };
    docx = docx.add_paragraph(line(run(&closing, FANG_SONG, SMALL + 4), AlignmentType::Left, 320, 0));
    docx::packed(docx, &case.title, &publication.office)
}

fn centred(text: &str) -> docx_rs::Paragraph {
    line(run(text, KAI, SMALL + 4), AlignmentType::Center, 0, 240)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn an_editor_keeps_all_of_it_and_nothing_runs() {
        let publication = sample::publication();
        for case in &publication.cases {
            let files = copy(&publication, case).unwrap();
            assert_eq!(files, copy(&publication, case).unwrap());
            let names: Vec<&str> = files.iter().filter_map(|file| file.path.rsplit('/').next()).collect();
            assert_eq!(names, ["portal.docx", "portal.html", "wechat.docx", "wechat.html"]);
            for file in files.iter().filter(|file| file.path.ends_with(".html")) {
                let page = String::from_utf8(file.bytes.clone()).unwrap();
                for banned in ["<style", "class=", " id=", "<script", "http", "url(", "position:", "onclick", "陈楚江", "19900009037"] {
                    assert!(!page.contains(banned), "{banned}: {page}");
                }
                assert_eq!(page.matches("<img ").count(), case.figures.len());
                for tag in ["p", "h1", "h2", "section", "figure", "strong"] {
                    let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
                    assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
                }
            }
        }
    }
}
