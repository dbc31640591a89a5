//! Numbers that the lines of a narrow cell break: `0719-552⏎6248`.
//!
//! The next line may as well begin with a person's number in a list (`2、李四`) or a house's (`8号楼`): a digit of those is
//! none of the number above it.

use crate::intake::text;

/// Which lines are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    /// Those whose digits stand by themselves.
    Yes,
    /// Those too that words follow, or a list's mark.
    No,
}

/// What counts or places something behind its number: a floor, a room, a date.
const COUNTS: &str = "楼号层室栋幢座单元门街路弄村组期区科年月日人部处所队班厂院";

/// The lines, those that go on with the digits above them joined to these.
pub(super) fn joined(content: &str, sure: Sure) -> String {
    let listed = content.lines().filter(|line| is_numbered(line)).count() > 1;
    let mut out = String::with_capacity(content.len());
    for (at, line) in content.split('\n').enumerate() {
        let goes_on = at > 0 && ends_with_digits(&out) && goes_on(line, listed, sure);
        if goes_on {
            out.truncate(out.trim_end().len());
            out.push_str(line.trim_start());
        } else {
            out.push_str(if at > 0 { "\n" } else { "" });
            out.push_str(line);
        }
    }
    out
}

fn is_digit(c: char) -> bool {
    text::narrow(c).is_ascii_digit()
}

fn is_dash(c: char) -> bool {
    text::narrow(c) == '-'
}

/// `552`, `0719-`.
fn ends_with_digits(text: &str) -> bool {
    let bare = text.trim_end();
    bare.strip_suffix(is_dash).unwrap_or(bare).ends_with(is_digit)
}

/// `2、`, `2.`, `2)`: one of a list, or the end of a number.
fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(char::is_whitespace).strip_prefix(is_digit);
    rest.is_some_and(|rest| rest.starts_with(['、', '.', '．', ')', '）']))
}

/// Whether a line begins with more digits of a number.
fn goes_on(line: &str, listed: bool, sure: Sure) -> bool {
    let line = line.trim();
    let first = line.strip_prefix(is_dash).unwrap_or(line);
    let rest = first.trim_start_matches(|c| is_digit(c) || is_dash(c));
    let digits = first.chars().take_while(|c| is_digit(*c) || is_dash(*c)).count();
    let words = rest.trim_start();
    if digits == 0 || !first.starts_with(is_digit) || words.starts_with(|c| COUNTS.contains(c)) || listed && is_numbered(line) {
        return false;
    }
    let parted = rest.is_empty() || rest.starts_with(['，', ',', '；', ';', '/', '／', '(', '（', '。']);
    // 8、19900000001 goes on with another number; 2、李四 may be the second of a list.
    let before_a_number = rest.strip_prefix('、').is_some_and(|next| next.trim_start().starts_with(is_digit));
    let behind_several = digits > 1 && (rest.len() > words.len() || rest.starts_with('、'));
    sure == Sure::No || parted || before_a_number || behind_several
}
