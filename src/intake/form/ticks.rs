//! 案例分类: which words are ticked, by every habit of ticking.
//!
//! A tick stands before its word or after it, beside or over a box, or in brackets; sometimes only the
//! chosen word is left. What could be a tick but need not be is *doubt*, never a guess.

use crate::intake::form::instructions;
use crate::intake::form::locate::Line;
use crate::intake::text;
use crate::model::campaign::{Category, CategoryRule};
use crate::model::document::{Inline, Style, TickSource};

/// The choice, and whether a person has to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The ticked categories in the form's order.
    pub categories: Vec<Category>,
    /// The text beside 其它.
    pub other: Option<String>,
    /// Why a person has to look, if so.
    pub doubt: Option<&'static str>,
    /// Why it was read so.
    pub because: &'static str,
}

/// How many characters of the cell are looked at: no unit's choice is longer.
const LONGEST: usize = 4000;

/// A piece of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Box,
    Mark,
    Word { category: Category, style: Style },
    Text(String),
    Gap,
}

/// A word with the ticks on both of its sides.
#[derive(Debug)]
struct Option_ {
    category: Category,
    style: Style,
    state: State,
}

/// What the ticks around a word say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NoBox,
    Empty,
    Ticked,
    Doubtful,
}

/// Reads the category cell.
pub fn read(lines: &[Line], rules: &[CategoryRule]) -> Choice {
    let tokens = tokens(lines, rules);
    let (options, other) = options(&tokens);
    let mut choice = choose(&options, other.as_deref(), &tokens);
    choice.categories.sort_by_key(|category| rules.iter().position(|rule| rule.id == *category));
    choice.categories.dedup();
    settle_other(&mut choice, other, rules);
    choice
}

/// 知识产权 arrives as 其它: it replaces `other`, whose text stays.
fn settle_other(choice: &mut Choice, other: Option<String>, rules: &[CategoryRule]) {
    if !choice.categories.contains(&Category::Other) {
        return;
    }
    choice.other = other;
    let property = rules.iter().find(|rule| rule.id == Category::IntellectualProperty);
    let Some((property, content)) = property.zip(choice.other.as_deref()) else { return };
    if std::iter::once(&property.label).chain(&property.aliases).any(|word| content.contains(word.as_str())) {
        choice.categories.retain(|category| !matches!(category, Category::Other | Category::IntellectualProperty));
        choice.categories.push(Category::IntellectualProperty);
    }
}

fn choose(options: &[Option_], other: Option<&str>, tokens: &[Token]) -> Choice {
    let ticked: Vec<Category> =
        options.iter().filter(|option| option.state == State::Ticked && !option.style.strike).map(|option| option.category).collect();
    let doubtful = options.iter().any(|option| option.state == State::Doubtful);
    if !ticked.is_empty() || doubtful {
        let doubt = doubtful.then_some("勾选位置不明确");
        return Choice { categories: ticked, doubt, because: "勾选", ..Choice::default() };
    }
    let standing: Vec<&Option_> = options.iter().filter(|option| !option.style.strike).collect();
    if standing.len() < options.len() && !standing.is_empty() {
        let categories = standing.iter().map(|option| option.category).collect();
        return Choice { categories, because: "其余选项已划去", ..Choice::default() };
    }
    let boxes = tokens.iter().any(|token| matches!(token, Token::Box));
    let emphasised = options.iter().filter(|option| option.style.bold || option.style.underline).count();
    if emphasised > 0 && emphasised < options.len() {
        return Choice { doubt: Some("仅以加粗或下划线表示"), because: "无勾选", ..Choice::default() };
    }
    // No box at all and fewer words than the form prints: the chosen words alone were left.
    if !boxes && !options.is_empty() && options.len() <= 3 {
        let categories = options.iter().map(|option| option.category).collect();
        return Choice { categories, because: "仅保留所选类别", ..Choice::default() };
    }
    let doubt = other.is_some().then_some("“其它”栏有文字但未勾选");
    let free = !boxes && options.is_empty() && tokens.iter().any(|token| matches!(token, Token::Text(words) if !words.trim().is_empty()));
    let free = free.then_some("所填类别不在表内");
    let unexplained = says_more(tokens).then_some("所填内容不明确");
    Choice { doubt: doubt.or(free).or(unexplained), because: "无勾选", ..Choice::default() }
}

/// Whether something stands among the words that the form doesn't print: `标准（是）`.
fn says_more(tokens: &[Token]) -> bool {
    let printed = tokens.iter().take_while(|token| !is_other(token));
    let rest: String = printed.filter_map(Token::character).filter(|c| c.is_alphanumeric() && !text::narrow(*c).is_ascii_digit()).collect();
    let asked = ["可多选", "多选", "单选", "请选择", "请勾选", "类别", "类型", "类", "请在相应的内打", "在相应的内打", "请在对应选项前打"];
    let rest = asked.iter().fold(rest, |rest, word| rest.replace(word, ""));
    !rest.is_empty() && rest.chars().count() <= 10
}

/// Cuts the cell into boxes, marks, category words and other text.
fn tokens(lines: &[Line], rules: &[CategoryRule]) -> Vec<Token> {
    let mut out = Vec::new();
    for line in lines {
        for inline in &line.inlines {
            match inline {
                Inline::Tick(tick) if tick.source != TickSource::Character || tick.checked => {
                    out.push(if tick.checked { Token::Mark } else { Token::Box })
                }
                Inline::Tick(_) => out.push(Token::Box),
                Inline::Text(run) => out.extend(run.text.chars().map(|c| character(c, run.style))),
                Inline::Picture(_) => {}
            }
        }
        out.push(Token::Gap);
    }
    out.truncate(LONGEST);
    stand_ins(words(bracketed(&instructions::without(&out)), rules))
}

/// Whether a character is a box or a mark.
pub fn is_tick(c: char) -> bool {
    matches!(character(c, Style::default()), Token::Box | Token::Mark)
}

/// One character: a box, a mark, a gap, or text that [`words`] joins.
fn character(c: char, style: Style) -> Token {
    match c {
        '□' | '☐' | '○' | '◻' | '⬜' | '▢' | '◯' | '❏' | '❑' | '❒' | '▫' | '◇' | '⬚' | '▯' | '⎕' | '⚪' | '🔲' | '🔳' | '\u{f0a8}'
        | '\u{f06f}' | '\u{f0a3}' => Token::Box,
        '☑' | '☒' | '✓' | '✔' | '√' | '■' | '●' | '◼' | '⬛' | '▣' | '◉' | '✅' | '◆' | '✗' | '✘' | '🗹' | '🗸' | '☻' | '◎' | '▪' | '⊠'
        | '⊡' | '⊗' | '⍻' | '⮽' | '🗷' | '◈' | '☓' | '✖' | '\u{f0fe}' | '\u{f0fd}' | '\u{f0fc}' | '\u{f052}' => Token::Mark,
        c if c.is_whitespace() || c == '\u{3000}' => Token::Gap,
        // A stand-in, which `words` reads back: the character with its style.
        c if style == Style::default() => Token::Text(c.to_string()),
        c => Token::Text(format!("{c}{}", style_mark(style))),
    }
}

fn style_mark(style: Style) -> char {
    let bits = u32::from(style.bold) | u32::from(style.underline) << 1 | u32::from(style.strike) << 2;
    char::from_u32(0xe000 + bits).unwrap_or('\u{e000}')
}

fn style_of(text: &str) -> (char, Style) {
    let mut chars = text.chars();
    let c = chars.next().unwrap_or(' ');
    let bits = chars.next().map_or(0, |mark| mark as u32 - 0xe000);
    (c, Style { bold: bits & 1 != 0, underline: bits & 2 != 0, strike: bits & 4 != 0 })
}

/// `（√）` is a mark, `（ ）` is a box.
fn bracketed(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let rest = tokens.get(at..).unwrap_or_default();
        let end = rest.iter().take(6).position(|token| is_bracket(token, &[')', ']', '】']));
        let inside =
            end.filter(|_| is_bracket(token, &['(', '[', '【'])).and_then(|end| rest.get(..end)).filter(|inside| only_ticks(inside));
        match inside {
            Some(inside) => {
                let empty = inside.iter().all(|token| matches!(token, Token::Box | Token::Gap));
                out.push(if empty { Token::Box } else { Token::Mark });
                at += inside.len() + 1;
            }
            None => out.push(token.clone()),
        }
    }
    out
}

/// Ticks and blanks, or a letter that stands for a tick: `[x]`.
fn only_ticks(inside: &[Token]) -> bool {
    let letters = inside.iter().filter(|token| token.character().is_some_and(is_tick_letter)).count();
    letters <= 1
        && inside
            .iter()
            .all(|token| matches!(token, Token::Box | Token::Mark | Token::Gap) || token.character().is_some_and(is_tick_letter))
}

fn is_tick_letter(c: char) -> bool {
    matches!(text::narrow(c), 'x' | 'X' | 'v' | 'V' | '*')
}

fn is_bracket(token: &Token, brackets: &[char]) -> bool {
    token.character().is_some_and(|c| brackets.contains(&text::narrow(c)) || brackets.contains(&c))
}

impl Token {
    /// The character, where it is one.
    pub(super) fn character(&self) -> Option<char> {
        match self {
            Token::Text(text) => text.chars().next(),
            Token::Box | Token::Mark | Token::Word { .. } | Token::Gap => None,
        }
    }
}

/// What stands for a tick only beside a category's word: 口 typed for □, V for √, a star.
fn stand_ins(tokens: Vec<Token>) -> Vec<Token> {
    let beside = |at: usize| {
        let next = tokens.get(at + 1..).unwrap_or_default().iter().find(|token| **token != Token::Gap);
        let previous = at.checked_sub(1).and_then(|before| tokens.get(before));
        matches!(next, Some(Token::Word { .. } | Token::Mark)) || matches!(previous, Some(Token::Word { .. }))
    };
    let stand_in = |at: usize, token: &Token| match token.character()? {
        '口' | '囗' if beside(at) => Some(Token::Box),
        'V' | 'v' | 'Ｖ' | '★' if beside(at) => Some(Token::Mark),
        _ => None,
    };
    tokens.iter().enumerate().map(|(at, token)| stand_in(at, token).unwrap_or_else(|| token.clone())).collect()
}

/// Joins characters into category words (blanks inside don't matter: 其 它) and other text.
///
/// After 其它 everything up to the next box or mark is its text, so that “计量+标准综合服务” ticks nothing.
fn words(tokens: Vec<Token>, rules: &[CategoryRule]) -> Vec<Token> {
    // The form's own words may be spaced out (其 它); “计量 标准” are two of them, and not 计量标准.
    let spelled = |word: &str| word.chars().map(text::narrow).collect::<Vec<char>>();
    let mut known: Vec<(Vec<char>, Category, Spacing)> = rules
        .iter()
        .flat_map(|rule| {
            let aliases = rule.aliases.iter().map(move |word| {
                let spacing = if word.chars().count() <= 2 { Spacing::Any } else { Spacing::None };
                (spelled(word), rule.id, spacing)
            });
            std::iter::once((spelled(&rule.label), rule.id, Spacing::Any)).chain(aliases)
        })
        .filter(|(word, ..)| !word.is_empty())
        .collect();
    known.sort_by_key(|(word, ..)| std::cmp::Reverse(word.len()));
    let mut out = Vec::new();
    let mut at = 0;
    let mut in_other = false;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        let found = if in_other {
            None
        } else {
            known
                .iter()
                .find_map(|(word, category, spaced)| matches_word(rest, word, *spaced).map(|(used, style)| (used, *category, style)))
        };
        match (token, found) {
            (Token::Text(_), Some((used, category, style))) => {
                out.push(Token::Word { category, style });
                in_other = category == Category::Other;
                at += used;
                continue;
            }
            (Token::Text(text), None) => out.push(Token::Text(style_of(text).0.to_string())),
            (Token::Box | Token::Mark, _) => {
                // The last tick of all, right behind 其它, is its own: “其它（√）专利导航”.
                let own = token == &Token::Mark && out.iter().rev().find(|token| **token != Token::Gap).is_some_and(is_other);
                let last = !rest.iter().skip(1).any(|token| matches!(token, Token::Box | Token::Mark));
                in_other = in_other && own && last;
                out.push(token.clone());
            }
            (Token::Gap | Token::Word { .. }, _) => out.push(token.clone()),
        }
        at += 1;
    }
    out
}

/// Whether blanks may stand within a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    Any,
    None,
}

fn is_other(token: &Token) -> bool {
    matches!(token, Token::Word { category: Category::Other, .. })
}

fn matches_word(tokens: &[Token], word: &[char], spacing: Spacing) -> Option<(usize, Style)> {
    let mut wanted = word.iter();
    let mut next = wanted.next();
    let mut first_style = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Gap if at > 0 && spacing == Spacing::Any => {}
            Token::Text(text) => {
                let (c, style) = style_of(text);
                if next != Some(&text::narrow(c)) {
                    return None;
                }
                first_style.get_or_insert(style);
                next = wanted.next();
                if next.is_none() {
                    return first_style.map(|style| (at + 1, style));
                }
            }
            Token::Gap | Token::Box | Token::Mark | Token::Word { .. } => return None,
        }
    }
    None
}

/// Pairs each word with its ticks, and takes the text beside 其它.
fn options(tokens: &[Token]) -> (Vec<Option_>, Option<String>) {
    let positions: Vec<usize> =
        tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Word { .. })).map(|(at, _)| at).collect();
    let side = side(tokens, &positions);
    let mut out: Vec<Option_> = Vec::new();
    let mut from = 0;
    for at in positions {
        let between = tokens.get(from..at).unwrap_or_default();
        let (for_previous, for_next) = match (side, out.is_empty()) {
            (_, true) | (Side::Before, false) => (State::NoBox, state_of(between)),
            (Side::After, false) => (state_of(between), State::NoBox),
            (Side::Either { leads }, false) => share(between, leads),
        };
        if let Some(previous) = out.last_mut() {
            previous.state = combine(previous.state, for_previous);
        }
        if let Some(Token::Word { category, style }) = tokens.get(at) {
            out.push(Option_ { category: *category, style: *style, state: for_next });
        }
        from = at + 1;
    }
    let tail = tokens.get(from..).unwrap_or_default();
    if let Some(last) = out.last_mut() {
        last.state = combine(last.state, state_of(tail));
    }
    let other =
        out.last().filter(|option| option.category == Category::Other).and_then(|_| other_text(tail)).or_else(|| other_between(tokens));
    (out, other)
}

/// On which side of its word a tick stands, all over the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
    /// It must be seen at each place; `leads`: a tick stands before the first word.
    Either {
        leads: bool,
    },
}

/// Ticks before the first word and none after the last one stand before, if every word has just one.
/// Boxes of which none stands before the first word stand after.
fn side(tokens: &[Token], words: &[usize]) -> Side {
    let ticks = |from: usize, to: usize| {
        tokens.get(from..to).unwrap_or_default().iter().filter(|token| matches!(token, Token::Box | Token::Mark)).count()
    };
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Side::Either { leads: false } };
    let tail = ticks(last + 1, tokens.len());
    let each: Vec<usize> = words.windows(2).filter_map(|pair| Some(ticks(*pair.first()?, *pair.last()?))).collect();
    let boxes = tokens.iter().any(|token| matches!(token, Token::Box));
    match ticks(0, *first) {
        1 if tail == 0 && each.iter().all(|count| *count == 1) => Side::Before,
        0 if boxes || tail > 0 => Side::After,
        before => Side::Either { leads: before > 0 },
    }
}

/// Splits the ticks between two words: those of the word before, and those of the word after.
fn share(between: &[Token], leads: bool) -> (State, State) {
    let ticks: Vec<(usize, &Token)> = between.iter().enumerate().filter(|(_, token)| matches!(token, Token::Box | Token::Mark)).collect();
    match ticks.as_slice() {
        [] => (State::NoBox, State::NoBox),
        [(at, Token::Mark)] => {
            let parts = |token: Option<&Token>| token.is_some_and(parts_words);
            let parted_before = at.checked_sub(1).is_some_and(|before| parts(between.get(before)));
            match (parted_before, parts(between.get(at + 1))) {
                // “计量√ 标准”: glued to the word before and parted from the one after.
                (false, true) => (State::Ticked, State::NoBox),
                (true, false) => (State::NoBox, State::Ticked),
                (true, true) | (false, false) if leads => (State::NoBox, State::Ticked),
                // “计量√标准” could be either.
                (true, true) | (false, false) => (State::Doubtful, State::NoBox),
            }
        }
        [(_, Token::Box)] => (State::NoBox, State::Empty),
        many => {
            let last_box = many.iter().rposition(|(_, token)| matches!(token, Token::Box));
            let Some(last_box) = last_box else { return (State::NoBox, State::Ticked) };
            let after = many.get(last_box..).unwrap_or_default();
            let before = many.get(..last_box).unwrap_or_default();
            let next = if after.iter().any(|(_, token)| matches!(token, Token::Mark)) { State::Ticked } else { State::Empty };
            let Some((mark, _)) = before.iter().find(|(_, token)| matches!(token, Token::Mark)) else { return (State::NoBox, next) };
            let box_at = many.get(last_box).map_or(0, |(at, _)| *at);
            let glued_to_word = *mark == 0;
            let glued_to_box = box_at == mark + 1;
            match (glued_to_word, glued_to_box) {
                (true, false) => (State::Ticked, next),
                (false, true) => (State::NoBox, State::Ticked),
                // “计量√□标准” could be either.
                _ => (State::Doubtful, next),
            }
        }
    }
}

/// A gap, or a mark that stands between words.
fn parts_words(token: &Token) -> bool {
    match token {
        Token::Gap => true,
        Token::Text(text) => text.chars().all(|c| matches!(c, '、' | '，' | ',' | '；' | ';' | '/' | '|' | '_' | '＿')),
        Token::Box | Token::Mark | Token::Word { .. } => false,
    }
}

fn state_of(tokens: &[Token]) -> State {
    let mark = tokens.iter().any(|token| matches!(token, Token::Mark));
    let empty = tokens.iter().any(|token| matches!(token, Token::Box));
    match (mark, empty) {
        (true, _) => State::Ticked,
        (false, true) => State::Empty,
        (false, false) => State::NoBox,
    }
}

fn combine(own: State, more: State) -> State {
    match (own, more) {
        (State::Ticked, _) | (_, State::Ticked) => State::Ticked,
        (State::Doubtful, _) | (_, State::Doubtful) => State::Doubtful,
        (State::NoBox, other) | (other, State::NoBox) => other,
        (State::Empty, State::Empty) => State::Empty,
    }
}

/// The text beside 其它 where it is not the last word.
fn other_between(tokens: &[Token]) -> Option<String> {
    let at = tokens.iter().position(|token| matches!(token, Token::Word { category: Category::Other, .. }))?;
    other_text(tokens.get(at + 1..)?)
}

fn other_text(tokens: &[Token]) -> Option<String> {
    // “其它（√）能源管理”: the text may stand behind the tick of a word whose tick follows it.
    let own_tick = tokens.iter().position(|token| !matches!(token, Token::Gap)).filter(|at| tokens.get(*at) == Some(&Token::Mark));
    let last = !tokens.iter().any(|token| matches!(token, Token::Word { .. }));
    let content: String = tokens
        .iter()
        .skip(own_tick.filter(|_| last).map_or(0, |at| at + 1))
        .take_while(|token| !matches!(token, Token::Word { .. } | Token::Box | Token::Mark))
        .map(|token| match token {
            Token::Text(text) => text.clone(),
            Token::Gap => " ".into(),
            Token::Box | Token::Mark | Token::Word { .. } => String::new(),
        })
        .collect();
    let bare = content.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '_' | '＿' | '-' | '—' | ':' | '：' | '(' | ')' | '（' | '）' | '、' | '，' | '。' | '；')
    });
    let says = !bare.is_empty()
        && !["请注明", "请说明", "注明", "请填写", "具体", "填写"].contains(&bare)
        && bare.chars().any(char::is_alphanumeric);
    says.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Text, Tick};

    fn rules() -> Vec<CategoryRule> {
        let rule = |id, label: &str, aliases: &[&str]| CategoryRule {
            id,
            label: label.into(),
            aliases: aliases.iter().map(|word| (*word).to_owned()).collect(),
            on_form: true,
        };
        vec![
            rule(Category::Metrology, "计量", &["计量标准"]),
            rule(Category::Standards, "标准", &["标准化"]),
            rule(Category::Inspection, "检验检测", &[]),
            rule(Category::Certification, "认证", &["认证认可"]),
            rule(Category::IntellectualProperty, "知识产权", &["专利"]),
            rule(Category::Other, "其它", &["其他"]),
        ]
    }

    fn read_text(content: &str) -> Choice {
        let inlines = vec![Inline::Text(Text { text: content.into(), style: Style::default() })];
        read(&[Line { inlines, ..Line::default() }], &rules())
    }

    #[test]
    fn every_habit_of_ticking() {
        use Category::*;
        for (content, expected) in [
            ("□计量  ☑标准  □检验检测  □认证  □其它  ____", vec![Standards]),
            ("□计量  ■标准  □检验检测  □认证  □其他  ____", vec![Standards]),
            ("□√计量  □标准  □检验检测  □认证  □其 它  ____", vec![Metrology]),
            ("□计量  □标准  □检验检测  □√认证  □其 它  ____", vec![Certification]),
            ("√□计量  □标准  □检验检测  □认证  □其它", vec![Metrology]),
            ("□计量  √□标准  □检验检测  □认证  □其它", vec![Standards]),
            ("□计量√  □标准  □检验检测  □认证  □其它", vec![Metrology]),
            ("□计量  □标准  □检验检测√ □认证√ □其它", vec![Inspection, Certification]),
            ("计量√  标准  检验检测  认证  其它", vec![Metrology]),
            ("√计量  标准  检验检测  √认证  其它", vec![Metrology, Certification]),
            ("计量□  标准☑  检验检测□  认证□  其它□", vec![Standards]),
            ("（√）计量 （ ）标准 （ ）检验检测 （ ）认证 （ ）其它", vec![Metrology]),
            ("计量（ ） 标准（√） 检验检测（ ） 认证（ ） 其它（ ）", vec![Standards]),
            ("[√]计量 [ ]标准 [ ]检验检测 【√】认证 【 】其它", vec![Metrology, Certification]),
            ("□计量  □标准  □检验检测  □认证  □其它", vec![]),
            ("检验检测", vec![Inspection]),
            ("计量、标准", vec![Metrology, Standards]),
            ("□计量 □标准 □检验检测 □认证 ☑知识产权 □其它", vec![IntellectualProperty]),
            ("□计量  □标准  □检验检测  □认证   √其它________", vec![Other]),
            ("计量　√标准　检验检测　认证　其它", vec![Standards]),
            ("计量、检验检测√、认证", vec![Inspection]),
            ("✔计量✔标准□检验检测✔ 认证□其它", vec![Metrology, Standards, Certification]),
            ("□ 计量 ⊠ 标准 □ 检验检测 □ 认证 □ 其它", vec![Standards]),
            ("计量 标准", vec![Metrology, Standards]),
            ("（在相应的□内打√，可多选）\n□计量 □标准 □√检验检测 □认证 □其它____", vec![Inspection]),
            ("请在相应的□内打“√”：□计量 □标准 □检验检测 □认证 □其它____", vec![]),
            ("□计量 □标准 □检验检测 □认证 □其它____（请在所选类别前打“√”）", vec![]),
            ("□计量 □标准 ☑检验检测 □认证 □其它____（请在所选类别前打“√”）", vec![Inspection]),
            ("[x]计量 [ ]标准 [ ]检验检测 [ ]认证 [ ]其它", vec![Metrology]),
            ("V计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
            ("口计量 口标准 口√检验检测 口认证 口其它____", vec![Inspection]),
        ] {
            let choice = read_text(content);
            assert_eq!((choice.categories, choice.doubt), (expected, None), "{content}");
        }
    }

    #[test]
    fn other_keeps_its_text_and_its_words_tick_nothing() {
        let choice = read_text("□计量 □标准 □检验检测 □认证 ☑其它  计量+标准综合服务");
        assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::Other], Some("计量+标准综合服务")));
        let choice = read_text("□计量 □标准 □检验检测 □认证 ☑其他：知识产权质押融资__");
        assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::IntellectualProperty], Some("知识产权质押融资")));
        assert_eq!(read_text("□计量 □标准 □检验检测 □认证 ☑其它____（请注明）").other, None);
        assert_eq!(read_text("计量（ ）标准（ ）检验检测（ ）认证（ ）其它（√）能源管理").other.as_deref(), Some("能源管理"));
        let choice = read_text("计量（ ）标准（ ）检验检测（ ）认证（ ）其它（√）专利导航");
        assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::IntellectualProperty], Some("专利导航")));
    }

    #[test]
    fn what_could_be_either_is_doubt() {
        assert!(read_text("□计量√□标准 □检验检测 □认证 □其它").doubt.is_some());
        assert!(read_text("计量√标准检验检测认证其它").doubt.is_some());
        assert!(read_text("□计量 □标准（是） □检验检测 □认证 □其它").doubt.is_some());
        assert!(read_text("□计量 □标准 □检验检测 □认证 □其它 知识产权").doubt.is_some());
        let bold = |text: &str, bold| Inline::Text(Text { text: text.into(), style: Style { bold, ..Style::default() } });
        let line = Line {
            inlines: vec![bold("计量 ", false), bold("标准", true), bold(" 检验检测 认证 其它", false)], ..Line::default()
        };
        let choice = read(&[line], &rules());
        assert!(choice.categories.is_empty() && choice.doubt.is_some());
    }

    #[test]
    fn struck_words_are_out_and_symbols_count() {
        let struck = |text: &str, strike| Inline::Text(Text { text: text.into(), style: Style { strike, ..Style::default() } });
        let line = Line {
            inlines: vec![struck("计量 标准 ", true), struck("检验检测", false), struck(" 认证 其它", true)],
            ..Line::default()
        };
        assert_eq!(read(&[line], &rules()).categories, [Category::Inspection]);
        let tick = |checked| Inline::Tick(Tick { checked, source: TickSource::SymbolFont });
        let line = Line { inlines: vec![tick(false), struck("计量 ", false), tick(true), struck("标准", false)], ..Line::default() };
        assert_eq!(read(&[line], &rules()).categories, [Category::Standards]);
    }
}
