//! A text into lines of a terminal's width: Chinese may be parted anywhere but before a mark that closes, a date, a number
//! or a name of letters only where it is longer than a line.

use unicode_width::UnicodeWidthChar;

/// What no line begins with (GB/T 15834).
const CLOSES: &str = "，。、；：？！）》〉」』】〕”’…";

/// Lines of at most `first` places, then of `rest`.
pub fn folded(text: &str, first: usize, rest: usize) -> Vec<&str> {
    let (mut lines, mut left, mut room) = (Vec::new(), text, first);
    while let Some((line, more)) = cut(left, room, rest).and_then(|at| left.split_at_checked(at)) {
        lines.push(line.trim_end_matches(' '));
        (left, room) = (more.trim_start_matches(' '), rest);
    }
    // What was folded at its last blank leaves nothing.
    if !left.is_empty() || lines.is_empty() {
        lines.push(left.trim_end_matches(' '));
    }
    lines
}

/// Where the first line ends; none where all of it fits.
fn cut(text: &str, room: usize, rest: usize) -> Option<usize> {
    let mut used = 0_usize;
    let (over, c) = text.char_indices().find(|(_, c)| {
        used = used.saturating_add(c.width().unwrap_or(0));
        used > room
    })?;
    let begin = if joins(c) { run_before(text, over) } else { before_closing(text, over) };
    let run: usize = text.get(begin..).unwrap_or_default().chars().take_while(|c| joins(*c)).filter_map(UnicodeWidthChar::width).sum();
    match (begin, over) {
        // A character that is wider than all there is goes by itself.
        (0, 0) => Some(c.len_utf8()),
        (0, over) => Some(over),
        (begin, over) if run > rest => Some(over.max(begin)),
        (begin, _) => Some(begin),
    }
}

fn joins(c: char) -> bool {
    c.is_ascii_graphic()
}

/// Where the run of letters and digits begins that goes on at this place.
fn run_before(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.char_indices().rfind(|(_, c)| !joins(*c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// The place before the character to which closing marks at this place belong.
fn before_closing(text: &str, at: usize) -> usize {
    let closes = |at: usize| text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(|c| CLOSES.contains(c));
    let mut begin = at;
    for _ in 0..3 {
        let Some(last) = text.get(..begin).and_then(|before| before.chars().next_back()).filter(|_| closes(begin)) else { break };
        begin -= last.len_utf8();
    }
    // A run is not parted for a mark.
    let parts = |at: usize| {
        text.get(..at).is_some_and(|before| before.ends_with(joins)) && text.get(at..).is_some_and(|rest| rest.starts_with(joins))
    };
    let begin = if parts(begin) { run_before(text, begin) } else { begin };
    if closes(begin) || begin == 0 { at } else { begin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_stay_whole_and_no_line_begins_with_a_mark_that_closes() {
        assert_eq!(folded("截至2023-07-01前有效", 8, 12), ["截至", "2023-07-01前", "有效"]);
        assert_eq!(folded("计量、标准、认证", 8, 8), ["计量、标", "准、认证"]);
        assert_eq!(folded("计量标准、认证", 8, 8), ["计量标", "准、认证"]);
        assert_eq!(folded("《题目》，单位", 8, 8), ["《题", "目》，单", "位"]);
        assert_eq!(folded("短", 8, 8), ["短"]);
        assert_eq!(folded("", 8, 8), [""]);
        assert_eq!(folded("一 二", 2, 2), ["一", "二"]);
        assert_eq!(folded("0123456789", 4, 4), ["0123", "4567", "89"], "what is longer than a line is parted");
        assert_eq!(folded("摘要 0123456789", 8, 4), ["摘要 012", "3456", "789"]);
    }

    #[test]
    fn nothing_is_lost_and_no_line_is_too_wide() {
        let text = "第3版《计量技术服务助力化工产业提质升级》，荆门市计量检定测试所（office@unit.example），收到 2023-08-01 08:00:00；a，b。，。，。";
        let bare = |text: &str| text.replace(' ', "");
        for width in 2..60 {
            let lines = folded(text, width, width);
            assert_eq!(bare(&lines.concat()), bare(text), "{width}");
            let widest = lines.iter().map(|line| line.chars().filter_map(UnicodeWidthChar::width).sum::<usize>()).max();
            assert!(widest.is_some_and(|widest| widest <= width), "{width}: {lines:?}");
        }
    }
}
