//! An HTML file, as word processors save under a `.doc` or `.xls` name, becomes a [`Document`].
//!
//! No browser: tables with their spans, paragraphs, emphasis, tick boxes and symbol fonts, by the table model of
//! HTML (section 4.9.12). Style sheets, scripts and comments aren't read, pictures lie in other files. Its
//! charset is found as for mail: the label holds only where the bytes fit it.

mod flow;
mod style;
mod token;

use self::flow::Flow;
use self::style::Styles;
use self::token::{Tag, Token, Tokens};
use super::{Limits, ReadError};
use crate::intake::message::charset;
use crate::model::document::{Document, Format};

/// How far into a file its charset and its first element are looked for.
const HEAD_BYTES: usize = 4 << 10;
/// Elements whose content is not read.
const SILENT: [&str; 8] = ["style", "script", "title", "template", "noframes", "xml", "select", "textarea"];
/// Elements that begin and end a paragraph.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "ul",
    "caption",
];

/// Elements of a table.
const CELLS: [&str; 4] = ["table", "tr", "td", "th"];

/// Whether a file begins like HTML.
pub(super) fn is_html(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes.iter().take(HEAD_BYTES).filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    [&b"<html"[..], b"<body", b"<table"].iter().any(|tag| head.windows(tag.len()).any(|window| window == *tag))
}

/// Whether a file is HTML from its first character on.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !matches!(**byte, 0 | 0xEF | 0xBB | 0xBF | 0xFF | 0xFE) && !byte.is_ascii_whitespace());
    first == Some(&b'<') && is_html(bytes)
}

/// Reads a file into a document.
///
/// # Errors
/// [`ReadError::TooLarge`] where a limit was met; all HTML can be read.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    if bytes.len() as u64 > limits.bytes_unpacked {
        return Err(ReadError::TooLarge("bytes unpacked"));
    }
    read_text(&charset::decode(bytes, label(bytes).as_deref()), limits)
}

/// Reads HTML whose charset is known: a mail's own.
///
/// # Errors
/// [`ReadError::TooLarge`] where a limit was met.
pub fn read_text(text: &str, limits: &Limits) -> Result<Document, ReadError> {
    let mut flow = Flow::new(limits);
    let mut styles = Styles::default();
    let mut tokens = Tokens::new(text);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(_) if styles.hidden() => {}
            Token::Text(text) => flow.text(text, styles.look())?,
            Token::Open(tag) => {
                if SILENT.contains(&tag.name.as_str()) {
                    tokens.skip_element(&tag.name);
                    continue;
                }
                open(&tag, &mut flow, &styles)?;
                if BLOCKS.contains(&tag.name.as_str()) || CELLS.contains(&tag.name.as_str()) {
                    styles.show();
                }
                styles.open(&tag);
            }
            Token::Close(name) => {
                close(&name, &mut flow)?;
                if BLOCKS.contains(&name.as_str()) || CELLS.contains(&name.as_str()) {
                    styles.show();
                }
                styles.close(&name);
            }
        }
    }
    Ok(Document { format: Format::Html, blocks: flow.finish()?, pictures: Vec::new(), pages: Vec::new(), guessed: false })
}

fn open(tag: &Tag<'_>, flow: &mut Flow, styles: &Styles) -> Result<(), ReadError> {
    match tag.name.as_str() {
        "table" => flow.open_table()?,
        "tr" => flow.row()?,
        "td" | "th" => flow.open_cell(tag.span("colspan"), tag.span("rowspan"))?,
        "br" => flow.line_break(styles.look())?,
        "input"
            if tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox") || kind.eq_ignore_ascii_case("radio")) =>
        {
            flow.tick(tag.attribute("checked").is_some())?;
        }
        name if BLOCKS.contains(&name) => flow.end_paragraph()?,
        _ => {}
    }
    Ok(())
}

fn close(name: &str, flow: &mut Flow) -> Result<(), ReadError> {
    match name {
        "table" => flow.close_table(),
        "td" | "th" | "tr" => flow.close_cell(),
        name if BLOCKS.contains(&name) => flow.end_paragraph(),
        _ => Ok(()),
    }
}

/// The charset that the head names, as `<meta charset>` or `<meta http-equiv>` or an XML declaration do.
fn label(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(HEAD_BYTES))?).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=").or_else(|| head.split_once("encoding="))?;
    let label: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .take(40)
        .collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Block, Inline};

    const FORM: &str = r#"<html xmlns:o="x"><head><meta http-equiv=Content-Type content="text/html; charset=gb2312"><style>td{}</style>
        <xml><w:View>Print</w:View></xml></head><body><p class=MsoNormal>附件2<o:p></o:p></p>
        <table border=1><tr><td rowspan=2><p>案例
        分类</p></td><td colspan="2">☑计量 <b>标准</b>&nbsp;<span style='font-family:"Wingdings 2"'>R</span>认证 <s>作废</s></td></tr>
        <tr><td>左<br>下<table><tr><td>内</td></tr></table>后</td><td><input type=checkbox checked>甲<INPUT TYPE="checkbox">乙</table>
        <p>尾 &amp; 段</body></html>"#;

    fn gbk(text: &str) -> Vec<u8> {
        encoding_rs::GB18030.encode(text).0.into_owned()
    }

    fn parsed(html: &str) -> Document {
        read(&gbk(html), &Limits::default()).unwrap()
    }

    #[test]
    fn a_table_keeps_its_spans_ticks_and_nested_table() {
        let document = parsed(FORM);
        assert_eq!(document.text(), "附件2\n案例 分类\n☑计量 标准 ☑认证 作废\n左\n下\n内\n后\n☑甲☐乙\n尾 & 段\n");
        let Block::Table(table) = &document.blocks[1] else { panic!("{document:?}") };
        let spans: Vec<Vec<_>> =
            table.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.column, cell.column_span, cell.row_span)).collect()).collect();
        assert_eq!(spans, [vec![(0, 1, 2), (1, 2, 1)], vec![(1, 1, 1), (2, 1, 1)]]);
    }

    #[test]
    fn emphasis_is_kept() {
        let document = parsed("<p>平<b>粗<u>粗线</u></b><span style='text-decoration: line-through'>删</span>平");
        let [Block::Paragraph(paragraph)] = &document.blocks[..] else { panic!() };
        let styles: Vec<_> = paragraph
            .inlines
            .iter()
            .map(|inline| match inline {
                Inline::Text(run) => (run.text.as_str(), run.style.bold, run.style.underline, run.style.strike),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            ("平", false, false, false),
            ("粗", true, false, false),
            ("粗线", true, true, false),
            ("删", false, false, true),
            ("平", false, false, false),
        ];
        assert_eq!(styles, expected);
    }

    #[test]
    fn charsets_are_found() {
        assert_eq!(label(b"<meta charset='GBK'>").as_deref(), Some("gbk"));
        assert_eq!(label(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>").as_deref(), Some("utf-8"));
        for html in ["<meta charset=utf-8><body>案例题目：计量强基助企", "<body>案例题目：计量强基助企"] {
            assert_eq!(parsed(html).text().trim(), "案例题目：计量强基助企");
            assert_eq!(read(html.as_bytes(), &Limits::default()).unwrap().text().trim(), "案例题目：计量强基助企");
        }
        assert!(is_html(b"\xEF\xBB\xBF <!doctype html><HTML>") && !is_html(b"<?xml?><w:document>"));
    }

    #[test]
    fn hostile_markup_ends() {
        for piece in
            ["<table>", "<table><tr><td>", "<td colspan=99999 rowspan=99999>", "<b>", "<", "<a \"", "<!--", "<style>", "</table>", "<p>x"]
        {
            let _ = read(piece.repeat(100_000).as_bytes(), &Limits::default());
        }
        let deep = read("<table><tr><td>".repeat(1000).as_bytes(), &Limits::default());
        assert_eq!(deep, Err(ReadError::TooLarge("depth")));
    }
}
