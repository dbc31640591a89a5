//! Paragraphs cut into lines where labels stand on lines of their own, and what follows a label in a line.

use crate::intake::labels::{Announced, Field, LabelForm, Labels};
use crate::model::document::{Inline, Paragraph, Text};

/// Gaps of a line that are looked at.
const MOST_GAPS: usize = 16;

/// A paragraph whose line breaks part labels is several lines: `报送单位：某局⏎联系人：张三`, and a
/// spreadsheet's cell that holds a section with its heading.
pub(super) fn split_at_labels(paragraph: &Paragraph, labels: &Labels) -> Vec<Vec<Inline>> {
    let text = paragraph.text();
    let mut cuts = cuts(&text, labels);
    if cuts.is_empty() {
        cuts.extend(cut_in_line(&text, labels));
    }
    if cuts.is_empty() {
        return vec![paragraph.inlines.clone()];
    }
    let mut lines = Vec::new();
    let mut rest = paragraph.inlines.clone();
    let mut done = 0;
    for cut in cuts {
        let (before, behind) = split(&rest, cut - done);
        lines.push(before);
        rest = without_line_break(behind);
        done = cut + 1;
    }
    lines.push(rest);
    lines
}

/// The line breaks before a line that is a label or begins with one and a colon, and behind one that is
/// nothing but a label. A label that is split over a line break (报送⏎单位) is not cut.
fn cuts(text: &str, labels: &Labels) -> Vec<usize> {
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    if breaks.is_empty() {
        return Vec::new();
    }
    let lead = text.len() - text.trim_start().len();
    // 申报单位意见⏎盖章 is the label of an opinion and its place for the seal.
    let is_one = |whole: &Announced<'_>| {
        let first = whole.label.split('\n').next().and_then(|line| labels.announced(line));
        whole.field != Field::Opinion || !first.is_some_and(|first| first.form == LabelForm::Alone && first.field == whole.field)
    };
    let split = labels.announced(text).filter(|whole| whole.label.contains('\n') && is_one(whole));
    let whole =
        split.map_or(0, |whole| text.get(lead..).and_then(|text| text.find(whole.label)).map_or(0, |at| lead + at + whole.label.len()));
    let ends = breaks.iter().copied().skip(1).chain([text.len()]);
    let form = |line: Option<&str>| line.and_then(|line| labels.announced(line.trim_start())).map(|found| found.form);
    let mut alone = breaks.first().is_some_and(|first| form(text.get(..*first)) == Some(LabelForm::Alone));
    let mut cuts = Vec::new();
    for (at, end) in breaks.iter().copied().zip(ends) {
        let found = form(text.get(at + 1..end));
        let begins = matches!(found, Some(LabelForm::Alone | LabelForm::Colon));
        if at >= whole && (begins || alone) {
            cuts.push(at);
        }
        alone = found == Some(LabelForm::Alone);
    }
    cuts
}

/// The blank before the date or another label that stands in one line with the unit or the title:
/// `填报单位：某局　　　填报日期：2023年6月8日`.
fn cut_in_line(text: &str, labels: &Labels) -> Option<usize> {
    const PARTED: [&str; 3] = ["  ", "\u{3000}", "\t"];
    let first = labels.announced(text.trim_start()).filter(|found| found.form == LabelForm::Colon)?;
    if !matches!(first.field, Field::Title | Field::Unit) {
        return None;
    }
    let mut gaps: Vec<usize> = PARTED.iter().flat_map(|gap| text.match_indices(gap)).map(|(at, _)| at).collect();
    gaps.sort_unstable();
    let behind = text.len() - first.rest.len();
    gaps.into_iter().filter(|at| *at > behind).take(MOST_GAPS).find(|at| {
        let rest = text.get(*at..).unwrap_or_default().trim_start();
        labels.announced(rest).is_some_and(|found| matches!(found.form, LabelForm::Colon | LabelForm::Alone) && found.field != first.field)
    })
}

/// The inlines before and from a byte of their text.
fn split(inlines: &[Inline], at: usize) -> (Vec<Inline>, Vec<Inline>) {
    let mut left = at;
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    for inline in inlines {
        match inline {
            Inline::Text(run) => {
                let here = left.min(run.text.len());
                left -= here;
                if let Some((head, tail)) = run.text.split_at_checked(here) {
                    push(&mut before, head, run);
                    push(&mut behind, tail, run);
                }
            }
            Inline::Tick(_) if left > 0 => {
                left = left.saturating_sub('☑'.len_utf8());
                before.push(inline.clone());
            }
            Inline::Picture(_) if left > 0 => before.push(inline.clone()),
            Inline::Tick(_) | Inline::Picture(_) => behind.push(inline.clone()),
        }
    }
    (before, behind)
}

fn push(inlines: &mut Vec<Inline>, text: &str, run: &Text) {
    if !text.is_empty() {
        inlines.push(Inline::Text(Text { text: text.to_owned(), style: run.style }));
    }
}

fn without_line_break(mut inlines: Vec<Inline>) -> Vec<Inline> {
    if let Some(Inline::Text(run)) = inlines.first_mut()
        && let Some(rest) = run.text.strip_prefix('\n')
    {
        run.text = rest.to_owned();
    }
    inlines
}

/// The last `bytes` bytes of text of the inlines, with every non-text inline after that point.
pub(super) fn after(inlines: &[Inline], bytes: usize) -> Vec<Inline> {
    let length = inlines.iter().map(Inline::text_len).sum::<usize>();
    split(inlines, length.saturating_sub(bytes)).1
}
