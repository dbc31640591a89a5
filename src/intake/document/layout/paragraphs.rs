//! Lines become paragraphs: a line that filled its room goes on in the next.

use super::broken::Words;
use super::lines::Line;
use crate::model::document::{Block, Inline, Paragraph, Style, Text};

/// The room that lines stand in: the left and right edges of a cell or a column of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// The left edge.
    pub(super) left: f64,
    /// The right edge.
    pub(super) right: f64,
}

/// Word's and WPS's margin inside a cell, with a little for rounding.
const CELL_MARGIN: f64 = 8.0;

/// What labels are starred with.
const STARS: [char; 5] = ['★', '☆', '*', '＊', '※'];

impl Room {
    /// The room of lines that no ruling fences in: what they cover.
    pub(super) fn of(lines: &[Line]) -> Room {
        let texts = || lines.iter().filter(|line| line.picture.is_none());
        Room {
            left: texts().map(|line| line.x0).fold(f64::INFINITY, f64::min),
            right: texts().map(|line| line.x1).fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// The room of a cell's lines: what they cover, or the cell, where they are all short.
    pub(super) fn in_cell(sides: (f64, f64), lines: &[Line]) -> Room {
        let own = Room::of(lines);
        let size = lines.iter().map(|line| line.size).fold(0.0, f64::max);
        let reaches = sides.1 - own.right <= CELL_MARGIN + 1.5 * size;
        Room { left: own.left, right: if reaches { own.right } else { sides.1 - CELL_MARGIN } }
    }
}

/// Joins lines of one room into paragraphs.
pub(super) fn paragraphs(lines: &[Line], room: Room) -> Vec<Block> {
    let step = widest_step(lines);
    let words = Words::of(lines);
    let mut out: Vec<Paragraph> = Vec::new();
    let mut before: Option<&Line> = None;
    for line in lines {
        let inlines = line.inlines();
        if line.picture.is_some() {
            out.push(Paragraph { inlines, source: None });
            continue;
        }
        match out.last_mut().zip(before).filter(|(_, before)| goes_on(before, line, room, step)) {
            Some((paragraph, _)) => append(paragraph, inlines, &words),
            None => out.push(Paragraph { inlines, source: None }),
        }
        before = Some(line);
    }
    out.into_iter().map(trimmed).map(Block::Paragraph).collect()
}

/// Whether a line goes on in the next one.
pub(super) fn goes_on(before: &Line, line: &Line, room: Room, step: f64) -> bool {
    let em = before.size.max(line.size).max(1.0);
    let far = before.page == line.page && line.y - before.y > step.max(em);
    let filled = before.x1 + first_unit(line) > room.right;
    let indented = line.x0 > room.left + 1.2 * em && before.x0 < line.x0 - 0.8 * em && !is_centred(line, room, em);
    let resized = before.size > 1.25 * line.size || line.size > 1.25 * before.size;
    let item = begins_item(line) || is_address_behind_number(before, line);
    filled && !far && !indented && !resized && !item && !is_heading_behind(before, line, room, em)
}

/// An address beneath a whole telephone number: together they would be another address.
fn is_address_behind_number(before: &Line, line: &Line) -> bool {
    let (above, below) = (before.bare(), line.bare());
    let address = below.split_once('@').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic()));
    let number: String = above.rsplit(|c: char| !c.is_ascii_digit() && c != '-').next().unwrap_or_default().replace('-', "");
    address && ((number.len() == 11 && number.starts_with('1')) || ((10..=12).contains(&number.len()) && number.starts_with('0')))
}

/// A few words without any mark behind a line that ended with its sentence: 主要做法和创新点.
fn is_heading_behind(before: &Line, line: &Line, room: Room, em: f64) -> bool {
    const LONGEST: usize = 14;
    let last = before.marks.iter().rev().map(|mark| mark.c).find(|c| !c.is_whitespace());
    let bare = line.bare();
    let marked = bare.contains(['。', '，', '；', '：', '、', '！', '？', ',', ';', '.', '）', '”', '》', ':']);
    let short = (4..=LONGEST).contains(&bare.chars().count()) && line.x1 < room.right - 4.0 * em;
    matches!(last, Some('。' | '！' | '？')) && short && !marked && !bare.contains(|c: char| c.is_ascii_digit())
}

/// The room that a line would have wanted at the end of the one before: its first word, and the mark after it,
/// which may not begin a line.
fn first_unit(line: &Line) -> f64 {
    // A line may also end early because the next character but one must not begin a line.
    first_word(line).min(40.0 * line.size) + 0.6 * line.size
}

/// Whether a line left too little room for what the next one begins with.
pub(super) fn fills(before: &Line, line: &Line, right: f64) -> bool {
    // A label that is spaced out leaves one of its blanks at the line's end.
    let shown = || before.marks.iter().filter(|mark| !mark.c.is_whitespace());
    if shown().next_back().is_some_and(|last| matches!(last.c, '：' | ':')) {
        return false;
    }
    let blank = shown().zip(shown().skip(1)).map(|(one, other)| other.x0 - one.x1).fold(0.0, f64::max).min(before.size);
    before.x1 + blank + first_word(line) > right && !begins_item(line) && !is_numbered(line)
}

/// `（4）备注`, `2 申报单位`, `★报送单位`: numbered or starred as labels are.
fn is_numbered(line: &Line) -> bool {
    let mut marks = line.marks.iter().map(|mark| mark.c).skip_while(|c| c.is_whitespace()).peekable();
    if marks.next_if(|c| STARS.contains(c)).is_some() {
        return true;
    }
    let bracketed = marks.next_if(|c| matches!(c, '（' | '(')).is_some();
    let mut digits = 0;
    while marks.next_if(char::is_ascii_digit).is_some() {
        digits += 1;
    }
    let ends = marks.next().is_some_and(|c| if bracketed { matches!(c, '）' | ')') } else { c.is_whitespace() });
    ends && (1..=2).contains(&digits)
}

/// How wide the first word is, with the marks that no line parts it from.
fn first_word(line: &Line) -> f64 {
    let mut marks = line.marks.iter().filter(|mark| mark.x0 >= line.x0).peekable();
    let Some(first) = marks.next() else { return 0.0 };
    let mut end = first.x1;
    let mut in_word = is_letter(first.c);
    // No line ends with an opening bracket.
    if let Some(next) = marks.next_if(|_| "（《“【([".contains(first.c)) {
        end = next.x1;
        in_word = is_letter(next.c);
    }
    // A label is spaced out with blanks that no line breaks at: 案　例.
    let mut spaced = false;
    while let Some(mark) = marks.next_if(|mark| (in_word && is_letter(mark.c)) || is_closing(mark.c) || mark.c == '\u{3000}' || spaced) {
        end = mark.x1;
        in_word = in_word && is_letter(mark.c);
        spaced = mark.c == '\u{3000}';
    }
    end - first.x0
}

fn is_letter(c: char) -> bool {
    c.is_ascii_graphic()
}

pub(super) fn is_closing(c: char) -> bool {
    "，。、；：？！）》」』】”’％,.;:?!)".contains(c)
}

fn is_centred(line: &Line, room: Room, em: f64) -> bool {
    ((line.x0 - room.left) - (room.right - line.x1)).abs() < em && room.right - line.x1 > 1.2 * em
}

/// `一、`, `（一）`, `1.`, `联系人：`: what begins so begins a paragraph, however full the line before was.
pub(super) fn begins_item(line: &Line) -> bool {
    let head: String = line.bare().chars().take(12).collect();
    let unbracketed = head.trim_start_matches(['（', '(']);
    let rest = unbracketed.trim_start_matches(|c: char| "一二三四五六七八九十".contains(c));
    let numbered = rest.len() < unbracketed.len()
        && (rest.starts_with(['、', '）', ')', '.', '．', '：', ':', '，', ',']) || blank_behind_number(line))
        || is_numbered_in_digits(&head)
        || is_marked(&head);
    let label = head.find(['：', ':']).and_then(|at| head.get(..at));
    numbered || label.is_some_and(|label| label.chars().count() >= 2 && label.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)))
}

/// `一 背景和意义`.
fn blank_behind_number(line: &Line) -> bool {
    let mut shown = line.marks.iter().filter(|mark| !mark.c.is_whitespace());
    let pair = shown.next().zip(shown.next());
    pair.is_some_and(|(number, word)| word.x0 - number.x1 >= 0.2 * number.size && !"一二三四五六七八九十".contains(word.c))
}

/// `①背景`, `Ⅰ、背景`, `◆背景`, `【背景】`, `（1）背景`, `第一部分`.
fn is_marked(head: &str) -> bool {
    let bracketed = head.strip_prefix(['（', '(']).is_some_and(|rest| {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        (1..=2).contains(&(rest.len() - behind.len())) && behind.starts_with(['）', ')'])
    });
    let part = head.strip_prefix('第').is_some_and(|rest| {
        let behind = rest.trim_start_matches(|c| "一二三四五".contains(c));
        behind.len() < rest.len() && ["部分", "章"].iter().any(|word| behind.starts_with(word))
    });
    bracketed || part || head.starts_with(|c| matches!(c, '①'..='⑳' | 'Ⅰ'..='Ⅻ' | '◆' | '◇' | '●' | '■' | '★' | '▲' | '【'))
}

/// `2.证明材料`, but neither `2.5亿元` nor a number with its unit.
fn is_numbered_in_digits(head: &str) -> bool {
    let rest = head.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = head.len() - rest.len();
    // Labels are starred behind their numbers too: 3、*案例分类.
    let behind = rest.strip_prefix(['.', '．', '、']).and_then(|behind| behind.trim_start_matches(STARS).chars().next());
    (1..=2).contains(&digits) && behind.is_some_and(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The step from line to line beyond which a paragraph ends: well over the usual one.
fn widest_step(lines: &[Line]) -> f64 {
    let pairs = lines.iter().zip(lines.iter().skip(1)).filter(|(one, other)| one.page == other.page);
    let mut steps: Vec<f64> = pairs.map(|(one, other)| other.y - one.y).filter(|step| *step > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    if steps.len() >= 4 { 1.4 * usual } else { 1.7 * usual }
}

/// Adds the next line: words of letters are parted by a blank, Chinese and numbers aren't.
fn append(paragraph: &mut Paragraph, inlines: Vec<Inline>, words: &Words<'_>) {
    let head: String = inlines.iter().map(|inline| if let Inline::Text(run) = inline { run.text.as_str() } else { "" }).collect();
    let head = head.trim_start();
    let Some(Inline::Text(last)) = paragraph.inlines.last_mut() else {
        paragraph.inlines.extend(inlines);
        return;
    };
    let end = last.text.trim_end().len();
    let blank = end < last.text.len();
    last.text.truncate(end);
    let ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_graphic());
    let kept = blank && ascii(last.text.chars().last()) && ascii(head.chars().next());
    if kept || words.parted(&last.text, head) {
        last.text.push(' ');
    }
    let mut first = true;
    for inline in inlines {
        let inline = match inline {
            Inline::Text(run) if std::mem::take(&mut first) => Text { text: run.text.trim_start().to_owned(), ..run },
            Inline::Text(run) => run,
            other @ (Inline::Tick(_) | Inline::Picture(_)) => {
                paragraph.inlines.push(other);
                continue;
            }
        };
        push_run(paragraph, inline);
    }
}

fn push_run(paragraph: &mut Paragraph, run: Text) {
    match paragraph.inlines.last_mut() {
        Some(Inline::Text(last)) if last.style == run.style => last.text.push_str(&run.text),
        _ => paragraph.inlines.push(Inline::Text(run)),
    }
}

/// Blanks at both ends were for the eye.
fn trimmed(mut paragraph: Paragraph) -> Paragraph {
    if let Some(Inline::Text(first)) = paragraph.inlines.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(Inline::Text(last)) = paragraph.inlines.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    paragraph.inlines.retain(|inline| !matches!(inline, Inline::Text(run) if run.text.is_empty() && run.style == Style::default()));
    paragraph
}

#[cfg(test)]
mod numbering {
    use super::is_numbered_in_digits;

    #[test]
    fn a_number_before_words_or_a_star_begins_an_item() {
        for head in ["2.证明材料", "3、*案例分类", "4．★联系人"] {
            assert!(is_numbered_in_digits(head), "{head}");
        }
        for head in ["2.5亿元", "12.3%", "2023年", "3、*5"] {
            assert!(!is_numbered_in_digits(head), "{head}");
        }
    }
}
