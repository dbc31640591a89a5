//! A digest as plain text, for mailers that show no HTML and for the chat group, in the chapters of the HTML page.

use super::page::{Page, RegionRow};
use std::fmt::Write;

const INDENT: &str = "　　";
/// As under the tables.
const NOTE: &str = "注：一件案例可属几类，各类之和可大于总数；重点方面按申报表文字初步归类，以专班审定为准。";

/// Lines ended by a line feed.
pub fn text(page: &Page) -> String {
    let mut out = format!("{}\n{}\n\n{}（{}）\n", page.brand, page.slogan, page.title, page.stretch);
    for paragraph in std::iter::once(&page.opening).chain(&page.further) {
        let _ = write!(out, "\n{INDENT}{paragraph}\n");
    }
    let mut chapters = Chapters::default();
    let compared = page.compared.iter().map(|one| format!("{}：{}件（上周{}件，增减{}）", one.name, one.now, one.before, one.difference));
    chapters.list(&mut out, "总体情况", compared, "");
    if !page.regions.is_empty() {
        chapters.list(&mut out, "各市州报送情况", page.regions.iter().map(region), "");
    }
    let mut kinds = Vec::new();
    for (heading, rows) in [("案例分类", &page.categories), ("重点方面", &page.focus_areas)] {
        kinds.push(format!("（{heading}）"));
        kinds.extend(rows.iter().map(|row| format!("{}：新收{}件，累计{}件", row.name, row.new, row.total)));
    }
    kinds.push(NOTE.to_owned());
    chapters.list(&mut out, "分类情况", kinds.into_iter(), "");
    chapters.list(&mut out, "近两周期限和活动", page.deadlines.iter().cloned(), "近两周没有到期的期限。");
    let activities = page.activities.iter().map(|one| format!("{}：{}（{}）", one.when, one.item, one.hosts));
    lines(&mut out, activities, "近两周没有计划中的活动。");
    let todo = page.todo.iter().enumerate().map(|(at, item)| format!("{}. {item}", at + 1));
    chapters.list(&mut out, "请专班办理", todo, "本周没有需要另行办理的事项。");
    let _ = write!(out, "\n{}\n{}\n{}\n\n{}\n", page.signature, page.dated, page.as_of, page.foot);
    if let Some(anchor) = &page.anchor {
        let _ = writeln!(out, "登记存证：{anchor}");
    }
    out
}

fn region(row: &RegionRow) -> String {
    let ordinal = if row.ordinal.is_empty() { String::new() } else { format!("{}. ", row.ordinal) };
    let last = if row.last.is_empty() { String::new() } else { format!("，最近报送：{}", row.last) };
    let counts = format!("齐全{}、待补正{}、待核查{}", row.complete, row.correcting, row.checking);
    format!("{ordinal}{}：新收{}件，累计{}件（{counts}）{last}", row.name, row.new, row.total)
}

/// Chapters with their Chinese ordinals.
#[derive(Default)]
struct Chapters(usize);

impl Chapters {
    fn list(&mut self, out: &mut String, heading: &str, rows: impl Iterator<Item = String>, nothing: &str) {
        let ordinal = ["一", "二", "三", "四", "五", "六", "七", "八", "九"].get(self.0).copied().unwrap_or_default();
        self.0 += 1;
        let _ = write!(out, "\n{ordinal}、{heading}\n");
        lines(out, rows, nothing);
    }
}

fn lines(out: &mut String, rows: impl Iterator<Item = String>, nothing: &str) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        let _ = writeln!(out, "{INDENT}{nothing}");
    }
    for row in rows {
        let _ = writeln!(out, "{INDENT}{row}");
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_week_reads_as_it_should() {
        let figures = sample::figures();
        assert_eq!(text(&Page::of(&sample::digest(&figures))), include_str!("../../../tests/letters/digest.txt"));
    }

    #[test]
    fn a_week_without_anything_is_told_whole() {
        let figures = sample::nothing();
        let text = text(&Page::of(&sample::digest(&figures)));
        for words in ["新收案例0件，与上周持平", "17个市州均尚未报送", "17. 神农架：新收0件", "本周没有需要另行办理的事项。"]
        {
            assert!(text.contains(words), "{words}");
        }
    }
}
