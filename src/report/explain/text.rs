//! A page as text: chapters under headings, a row of a table as lines under its first cell, folded at a width.

use super::{Fact, Page, Part, Table};
use crate::report::fold::folded;

/// Lays a page out. `width` is the terminal's; none: lines are as long as they are.
pub fn text(page: &Page, width: Option<usize>) -> String {
    let page = page.inert();
    let mut out = Lines { out: String::new(), width: width.unwrap_or(usize::MAX).max(24) };
    out.line(0, &page.title);
    out.line(0, &page.subject);
    out.facts(&page.facts);
    for (at, chapter) in page.chapters.iter().enumerate() {
        out.gap();
        out.line(0, &format!("{}. {}", at + 1, chapter.heading));
        if !chapter.lead.is_empty() {
            out.line(0, &chapter.lead);
        }
        for part in &chapter.parts {
            match part {
                Part::Facts { facts } => out.facts(facts),
                Part::Table(table) => out.table(table),
                Part::Text { heading, text } => {
                    out.line(0, &format!("{heading}："));
                    text.lines().for_each(|line| out.line(2, line));
                }
            }
        }
    }
    out.gap();
    page.foot.iter().for_each(|line| out.line(0, line));
    out.out
}

struct Lines {
    out: String,
    width: usize,
}

impl Lines {
    fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A line, folded where it is too long, all of it indented.
    fn line(&mut self, indent: usize, text: &str) {
        let (first, rest) = (self.width.saturating_sub(indent), self.width.saturating_sub(indent + 2));
        for (at, line) in folded(text, first, rest).into_iter().enumerate() {
            self.out.extend(std::iter::repeat_n(' ', indent + if at == 0 { 0 } else { 2 }));
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// Each label with its value; a value of several lines stands below.
    fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact.lines.as_slice() {
                // A question has its mark.
                [one] => self.line(0, &format!("{}{}{one}", fact.label, if fact.label.ends_with('？') { "" } else { "：" })),
                lines => {
                    self.line(0, fact.label.as_str());
                    lines.iter().for_each(|line| self.line(2, line));
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        self.line(0, &format!("{}：", table.caption));
        for row in &table.rows {
            let mut cells = row.iter().zip(&table.heads);
            if let Some((first, head)) = cells.next() {
                self.line(2, &format!("{head} {}", one_line(&first.text)));
            }
            for (cell, head) in cells.filter(|(cell, _)| !cell.text.is_empty()) {
                self.line(4, &format!("{head}：{}", one_line(&cell.text)));
            }
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("；")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use unicode_width::UnicodeWidthChar;

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_is_obeyed() {
        for width in [24, 80, 120] {
            let text = text(&sample::hostile(), Some(width));
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
            let widest = text.lines().map(|line| line.chars().filter_map(UnicodeWidthChar::width).sum::<usize>()).max();
            assert!(widest.is_some_and(|widest| widest <= width), "{width}: {widest:?}");
        }
        let text = text(&sample::hostile(), None);
        assert!(text.contains("1. 申报表内容\n") && text.contains("\n  第一行\n  第二行"), "{text}");
    }
}
