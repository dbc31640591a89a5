//! What a single character is where something is to be ticked: an empty box, a mark, or neither.
//!
//! Unicode's own characters and those of Wingdings in the private use area. What stands for a tick only beside
//! a category's word (口, V, ×) is told in `stand_in`.

/// What a mark looks like: that decides what it can be trusted to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// √, ☑: a choice whatever stands around it.
    Check,
    /// ☒: chosen, unless others bear a check mark.
    BoxedCross,
    /// ■, ●: chosen, unless every word has one.
    Fill,
    /// ×, ✗: chosen or ruled out, who can tell.
    Cross,
}

/// Empty boxes of shapes that nobody mixes by chance.
pub(super) const SHAPES: [&str; 5] = ["□☐◻◽⬜▢▫", "○◯⚪⭕❍〇⦾", "☆", "◇", "△▽"];

/// Whether a character is an empty box or ring.
pub(super) fn is_box(c: char) -> bool {
    matches!(c,
        '□' | '☐' | '○' | '〇' | '◻' | '◽' | '⬜' | '▢' | '◯' | '❍' | '❏' | '❐' | '❑' | '❒' | '▫' | '◇' | '⬚' | '▯' | '▭' | '⎕' | '⚪' | '⭕'
        | '☆' | '△' | '▽' | '⦾' | '🔲' | '🔳' | '🞎'..='🞑' | '\u{f0a8}' | '\u{f06f}'..='\u{f072}' | '\u{f0a3}' | '\u{f02a}')
}

/// The kind of mark that a character is.
pub(super) fn mark(c: char) -> Option<Kind> {
    match c {
        '☑' | '✓' | '✔' | '√' | '✅' | '🗹' | '🗸' | '⍻' | '\u{f0fe}' | '\u{f0fc}' | '\u{f052}' | '\u{f050}' => {
            Some(Kind::Check)
        }
        '☒' | '⊠' | '⊗' | '⮽' | '🗷' | '🗵' | '❎' | '\u{f0fd}' | '\u{f078}' => Some(Kind::BoxedCross),
        '■' | '●' | '◼' | '◾' | '⬛' | '▣' | '◉' | '◆' | '☻' | '◎' | '▪' | '⊡' | '⊙' | '◈' | '⚫' | '⦿' | '★' | '▲' | '▼' | '🔘' | '▇'
        | '█' | '▉' => Some(Kind::Fill),
        '✗' | '✘' | '☓' | '✖' | '✕' | '╳' | '❌' | '🗴' | '\u{f0fb}' | '\u{f04f}' => Some(Kind::Cross),
        _ => None,
    }
}

/// Whether a combining character draws a ring or a box around what is before it (√⃞).
pub(super) fn encloses(c: char) -> bool {
    matches!(c, '\u{20dd}' | '\u{20de}' | '\u{20df}' | '\u{20e2}' | '\u{20e3}')
}

/// Whether a combining character strikes out what is before it.
pub(super) fn strikes(c: char) -> bool {
    matches!(c, '\u{0335}'..='\u{0338}' | '\u{20d2}' | '\u{20d3}' | '\u{20e0}' | '\u{20e5}')
}

/// Whether a character takes no room: variation selectors and the zero-width marks that copying leaves behind.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}
