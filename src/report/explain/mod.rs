//! A case explained to somebody who wasn't there: a page of chapters, each of facts, tables and texts, as HTML that needs
//! nothing beside it ([`html`]) and as text for a terminal ([`text`]). [`rules`] says which rule found what.
//!
//! Whoever fills a page takes words of mails as they are: here they are made inert, in one place for all of it.

pub mod html;
pub mod rules;
pub mod text;

use super::visible::{bounded, visible, visible_lines};
use serde::Serialize;

/// The whole page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    /// What it is, such as a case's number.
    pub title: String,
    /// What it is about, such as the case's own title.
    pub subject: String,
    /// The most important of it.
    pub facts: Vec<Fact>,
    /// Its chapters.
    pub chapters: Vec<Chapter>,
    /// When and by what it was made.
    pub foot: Vec<String>,
}

/// A chapter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its name within the page, in ASCII.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What to know before reading it.
    pub lead: String,
    /// What it consists of.
    pub parts: Vec<Part>,
}

/// A part of a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Part {
    /// Labels with values, or questions with answers.
    Facts {
        /// In this order.
        facts: Vec<Fact>,
    },
    /// A table.
    Table(Table),
    /// A text of several lines.
    Text {
        /// What it is.
        heading: String,
        /// Its lines.
        text: String,
    },
}

/// A label with its value; of several lines, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The label.
    pub label: String,
    /// The value's lines.
    pub lines: Vec<String>,
}

/// A table. The first cell of a row says what the row is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// A heading for each column.
    pub heads: Vec<&'static str>,
    /// Its rows, as long as the headings.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Its text; lines stay lines.
    pub text: String,
    /// How it looks; its text says the same.
    pub mark: Mark,
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// As everything else.
    #[default]
    Plain,
    /// A hash or another name for machines.
    Code,
    /// All is well.
    Good,
    /// Somebody has to look.
    Open,
    /// Something is wrong.
    Bad,
}

impl Fact {
    /// A label with a value on one line.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { label: label.into(), lines: vec![value.into()] }
    }

    /// A label with several lines; none where there are none.
    pub fn of(label: impl Into<String>, lines: impl IntoIterator<Item = String>) -> Option<Fact> {
        let lines: Vec<String> = lines.into_iter().collect();
        (!lines.is_empty()).then(|| Fact { label: label.into(), lines })
    }
}

impl Cell {
    /// A cell that looks so.
    pub fn marked(text: impl Into<String>, mark: Mark) -> Cell {
        Cell { text: text.into(), mark }
    }

    /// A hash.
    pub fn code(text: impl Into<String>) -> Cell {
        Cell::marked(text, Mark::Code)
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::marked(text, Mark::Plain)
    }
}

impl Part {
    /// A table; none without rows.
    pub fn table(caption: impl Into<String>, heads: &[&'static str], rows: Vec<Vec<Cell>>) -> Option<Part> {
        (!rows.is_empty()).then(|| Part::Table(Table { caption: caption.into(), heads: heads.to_vec(), rows }))
    }

    /// A text; none where it is empty.
    pub fn text(heading: impl Into<String>, text: Option<&str>) -> Option<Part> {
        text.filter(|text| !text.trim().is_empty()).map(|text| Part::Text { heading: heading.into(), text: text.to_owned() })
    }
}

/// The most characters of a value on a page. What is longer is nobody's title or subject.
const MOST: usize = 1000;
/// The most characters of a text that is given whole.
const MOST_OF_TEXT: usize = 50_000;

/// On one line, inert and bounded.
fn line(text: &str) -> String {
    visible(&bounded(text, MOST))
}

impl Page {
    /// The same with everything made inert that a terminal or a browser might obey.
    fn inert(&self) -> Page {
        Page {
            title: line(&self.title),
            subject: line(&self.subject),
            facts: self.facts.iter().map(Fact::inert).collect(),
            chapters: self.chapters.iter().map(Chapter::inert).collect(),
            foot: self.foot.iter().map(|text| line(text)).collect(),
        }
    }
}

impl Chapter {
    fn inert(&self) -> Chapter {
        Chapter { lead: line(&self.lead), parts: self.parts.iter().map(Part::inert).collect(), ..*self }
    }
}

impl Part {
    fn inert(&self) -> Part {
        match self {
            Part::Facts { facts } => Part::Facts { facts: facts.iter().map(Fact::inert).collect() },
            Part::Table(table) => Part::Table(Table {
                caption: line(&table.caption),
                heads: table.heads.clone(),
                rows: table.rows.iter().map(|row| row.iter().map(Cell::inert).collect()).collect(),
            }),
            Part::Text { heading, text } => Part::Text { heading: line(heading), text: visible_lines(&bounded(text, MOST_OF_TEXT)) },
        }
    }
}

impl Fact {
    fn inert(&self) -> Fact {
        Fact { label: line(&self.label), lines: self.lines.iter().map(|text| line(text)).collect() }
    }
}

impl Cell {
    fn inert(&self) -> Cell {
        Cell { text: visible_lines(&bounded(&self.text, MOST)), mark: self.mark }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// A page whose every text does its worst.
    pub fn hostile() -> Page {
        let worst = "<script>alert(1)</script>\" onload=\"x\u{202e}gpj.exe\u{1b}[2J{{ 1 }}&amp;";
        let fact = || Fact::new(worst, worst);
        let row = || vec![Cell::from(worst), Cell::code("f".repeat(5000))];
        Page {
            title: worst.into(),
            subject: worst.into(),
            facts: vec![fact()],
            chapters: vec![Chapter {
                id: "form",
                heading: "申报表内容",
                lead: worst.into(),
                parts: vec![
                    Part::Facts { facts: vec![fact()] },
                    Part::table(worst, &["栏目", "内容"], vec![row(), row()]).unwrap(),
                    Part::text(worst, Some("第一行\r\n第二行\u{2028}<img src=x onerror=alert(1)>")).unwrap(),
                ],
            }],
            foot: vec![worst.into()],
        }
    }
}
