//! Lays a letter out: brand and slogan, 称呼, the body, signature with date and contact, the foot;
//! once as plain text and once as HTML, both from the same rendered body.
//!
//! The body is plain text. A line that begins with `1. ` belongs to a numbered list, neighbouring
//! `标签：内容` lines make a table, every other line is a paragraph. Values hold no line ends, so none
//! can make a line of its own. HTML is escaped by minijinja (the template's name ends in `.html`), and
//! loads nothing from anywhere.

use super::{ComposeError, Letter, words};
use crate::model::time::local;
use minijinja::{Environment, Value, context};
use std::sync::LazyLock;

/// The label of a table row has at most so many characters.
const LABEL: usize = 8;
/// Two full-width blanks, as office letters indent.
const INDENT: &str = "　　";

/// Compiled once: every reply is laid out by it.
static LETTER: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // A fault in it is met by whoever asks for it by its name.
    let _ = environment.add_template("letter.html", include_str!("letter.html"));
    environment
});

/// A letter's pieces in the order in which they are read.
pub(super) struct Page<'a> {
    subject: &'a str,
    brand: &'a str,
    slogan: &'a str,
    salutation: String,
    blocks: Vec<Block<'a>>,
    signature: &'a str,
    date: String,
    contact: &'a str,
    foot: &'a str,
}

/// A piece of the body.
#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Paragraph(&'a str),
    List(Vec<(u32, &'a str)>),
    Facts(Vec<(&'a str, &'a str)>),
}

impl<'a> Page<'a> {
    pub(super) fn new(letter: &Letter<'a>, subject: &'a str, body: &'a str) -> Page<'a> {
        let office = &letter.campaign.office;
        Page {
            subject,
            brand: &letter.campaign.brand.name,
            slogan: &letter.campaign.brand.slogan,
            salutation: salutation(letter),
            blocks: blocks(body),
            signature: &office.signature,
            date: words::day(local(letter.date).date()),
            contact: if office.contact.is_empty() { "请直接回复本邮件" } else { &office.contact },
            foot: &office.foot,
        }
    }

    /// The `text/plain` alternative, lines ended by a line feed.
    pub(super) fn text(&self) -> String {
        let body: Vec<String> = self.blocks.iter().map(Block::text).collect();
        let sign = format!("{}\n{}\n联系方式：{}", self.signature, self.date, self.contact);
        format!("{}\n{}\n\n{}\n\n{}\n\n{sign}\n\n{}\n", self.brand, self.slogan, self.salutation, body.join("\n\n"), self.foot)
    }

    /// The `text/html` alternative.
    pub(super) fn html(&self) -> Result<String, ComposeError> {
        let values = context! {
            subject => self.subject,
            brand => self.brand,
            slogan => self.slogan,
            salutation => self.salutation.as_str(),
            blocks => self.blocks.iter().map(Block::values).collect::<Vec<_>>(),
            signature => self.signature,
            date => self.date.as_str(),
            contact => self.contact,
            foot => self.foot,
        };
        Ok(LETTER.get_template("letter.html")?.render(values)?)
    }
}

/// `湖北省计量院：`, or `报送单位：` where nobody is named.
fn salutation(letter: &Letter) -> String {
    let unit = letter.value(letter.salutation.unwrap_or_default(), 2 * words::SUBJECT_TITLE);
    let unit = unit.trim_end_matches([':', '：', '，', ',', ' ']);
    format!("{}：", if unit.is_empty() { "报送单位" } else { unit })
}

impl Block<'_> {
    fn values(&self) -> Value {
        match self {
            Block::Paragraph(text) => context! { kind => "paragraph", text => *text },
            Block::List(items) => {
                let start = items.first().map_or(1, |(n, _)| *n);
                context! { kind => "list", start => start, items => items.iter().map(|(_, item)| Value::from(*item)).collect::<Vec<_>>() }
            }
            Block::Facts(rows) => {
                let rows: Vec<Value> = rows.iter().map(|(label, value)| context! { label => *label, value => *value }).collect();
                context! { kind => "facts", rows }
            }
        }
    }

    fn text(&self) -> String {
        let lines: Vec<String> = match self {
            Block::Paragraph(line) => vec![format!("{INDENT}{line}")],
            Block::List(items) => items.iter().map(|(n, item)| format!("{INDENT}{n}. {item}")).collect(),
            Block::Facts(rows) => rows.iter().map(|(label, value)| format!("{INDENT}{label}：{value}")).collect(),
        };
        lines.join("\n")
    }
}

/// The body's lines, neighbours of one kind joined. A lone label is a sentence with a colon in it.
fn blocks(body: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = body.lines().map(str::trim).collect();
    let mut blocks = Vec::new();
    for group in lines.split(|line| line.is_empty()).filter(|group| !group.is_empty()) {
        if let Some(items) = group.iter().map(|line| item(line)).collect() {
            blocks.push(Block::List(items));
        } else if let Some(rows) = group.iter().map(|line| fact(line)).collect::<Option<Vec<_>>>().filter(|rows| rows.len() > 1) {
            blocks.push(Block::Facts(rows));
        } else {
            blocks.extend(group.iter().map(|line| Block::Paragraph(line)));
        }
    }
    blocks
}

fn item(line: &str) -> Option<(u32, &str)> {
    let (number, text) = line.split_once(". ")?;
    Some((number.parse().ok()?, text))
}

fn fact(line: &str) -> Option<(&str, &str)> {
    line.split_once('：').filter(|(label, value)| label.chars().count() <= LABEL && !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_blocks() {
        let body = "一段：\n\n1. 甲\n2. 乙\n\n\n题目：某\n编号：某号\n\n请注意：一句话。\n";
        assert_eq!(
            blocks(body),
            [
                Block::Paragraph("一段："),
                Block::List(vec![(1, "甲"), (2, "乙")]),
                Block::Facts(vec![("题目", "某"), ("编号", "某号")]),
                Block::Paragraph("请注意：一句话。"),
            ]
        );
    }
}
