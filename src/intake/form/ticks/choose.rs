//! Words and their ticks become a choice, or a doubt.

use super::Choice;
use super::glyph::{self, Kind};
use super::instructions;
use super::other::{self, Says};
use super::pairing::{Choosable, State};
use super::set_off;
use super::token::{Mark, Token};
use super::words::is_other;
use crate::intake::form::locate::Line;
use crate::intake::text;
use crate::model::campaign::{Category, CategoryRule};
use crate::model::document::{Document, Format, Style, TickSource};

/// Fewer words than this are what a unit left standing of the form's.
const FEW: usize = 3;

/// What else the cell holds, or could have held.
pub(super) struct Around {
    /// Pictures within its text.
    inline: usize,
    /// Pictures that float over it.
    floating: usize,
    /// Whether empty boxes of several shapes stand there: ☆ among □.
    mixed_boxes: bool,
    /// Whether boxes may be lost on the way: drawn as lines on a page, or kept where no reader looks.
    loses_boxes: bool,
}

impl Around {
    /// Looks at the cell's pictures and the document's format.
    pub(super) fn of(lines: &[Line], document: &Document) -> Self {
        let floats = |index: &usize| document.pictures.get(*index).is_some_and(|picture| picture.floating);
        let (floating, inline): (Vec<usize>, Vec<usize>) = lines.iter().flat_map(Line::pictures).partition(floats);
        let loses_boxes = match document.format {
            Format::Doc | Format::Wps | Format::Rtf | Format::Xls | Format::Pdf | Format::Ofd | Format::Html => true,
            Format::Docx | Format::Xlsx | Format::Image | Format::Text => false,
        };
        let text: String = lines.iter().map(Line::text).collect();
        let shapes = glyph::SHAPES.iter().filter(|shape| text.contains(|c| shape.contains(c)));
        Self { inline: inline.len(), floating: floating.len(), mixed_boxes: shapes.count() > 1, loses_boxes }
    }
}

/// Settles what was chosen.
pub(super) fn choose(options: &[Choosable], tokens: &[Token], around: &Around, rules: &[CategoryRule]) -> Choice {
    let mut ticked: Vec<(Category, Mark)> = options.iter().filter_map(Choosable::ticked).collect();
    if crosses_rule_out(options) {
        ticked.retain(|(_, mark)| mark.kind == Kind::Check);
    }
    if let Some(doubt) = unsure(options, &ticked, tokens, around, rules) {
        // What is certain stays, and what was written behind a 其它 without a box; a coordinator sees the rest.
        let checked = ticked.iter().filter(|(_, mark)| mark.kind == Kind::Check).map(|(category, _)| *category);
        let other = Some(Category::Other).filter(|_| !ticked.is_empty() && other::says(options, tokens) == Says::Chosen);
        let sure = checked.chain(other).collect();
        return Choice { categories: sure, doubt: Some(doubt), because: doubt.to_owned(), ..Choice::default() };
    }
    if !ticked.is_empty() {
        let because = ticked.iter().map(|(category, mark)| reason(*category, *mark, rules)).collect::<Vec<String>>().join("、");
        return Choice { categories: ticked.into_iter().map(|(category, _)| category).collect(), because, ..Choice::default() };
    }
    without_ticks(options, tokens, around, rules)
}

impl Choosable {
    fn ticked(&self) -> Option<(Category, Mark)> {
        match self.state {
            State::Ticked(mark) => Some((self.word.category, mark)),
            State::NoBox | State::Empty | State::Doubtful(_) => None,
        }
    }
}

/// `标准前后的☑（复选框控件）` in short.
fn reason(category: Category, mark: Mark, rules: &[CategoryRule]) -> String {
    let label = rules.iter().find(|rule| rule.id == category).map_or("", |rule| rule.label.as_str());
    let made_of = match mark.source {
        TickSource::ContentControl => "复选框控件",
        TickSource::FormField => "窗体复选框",
        TickSource::SymbolFont => "符号字体",
        TickSource::Character | TickSource::Contradicted => return format!("{label}（{}）", mark.shown),
    };
    format!("{label}（{}，{made_of}）", mark.shown)
}

/// Whether every word bears √ or ×, and both are there: then × says no. 其它 may bear nothing.
fn crosses_rule_out(options: &[Choosable]) -> bool {
    let of = |kind: Kind| options.iter().filter(move |option| matches!(option.state, State::Ticked(mark) if mark.kind == kind));
    let bare = options.iter().filter(|option| option.state == State::NoBox && option.word.category == Category::Other).count();
    let (checks, crosses) = (of(Kind::Check).count(), of(Kind::Cross).count());
    checks > 0 && crosses > 1 && checks + crosses + bare == options.len()
}

/// Why the ticks can't be believed, if they can't.
fn unsure(
    options: &[Choosable],
    ticked: &[(Category, Mark)],
    tokens: &[Token],
    around: &Around,
    rules: &[CategoryRule],
) -> Option<&'static str> {
    let doubtful = options.iter().find_map(|option| match option.state {
        State::Doubtful(why) => Some(why),
        State::NoBox | State::Empty | State::Ticked(_) => None,
    });
    let count = |kind: Kind| ticked.iter().filter(|(_, mark)| mark.kind == kind).count();
    let (checks, fills, crosses) = (count(Kind::Check), count(Kind::Fill), count(Kind::BoxedCross));
    let struck = options.iter().any(|option| option.ticked().is_some() && option.word.any.strike);
    let again = |category: &Category| options.iter().any(|other| other.word.category == *category && other.state == State::Empty);
    match () {
        () if doubtful.is_some() => doubtful,
        () if count(Kind::Cross) > 0 => Some("“×”可能表示选中，也可能表示不选"),
        () if checks > 0 && fills + crosses > 0 || fills > 0 && crosses > 0 => Some("使用了含义不同的勾选符号"),
        () if struck => Some("勾选的类别又被划去"),
        () if ticked.iter().any(|(category, _)| again(category)) => Some("同一类别出现两次，勾选不一致"),
        () if !ticked.is_empty() && lacks_a_word(options, tokens, rules) => Some("选项可能没有读全"),
        () if shares_a_tick(options, tokens) => Some("两个类别连在一起，只有一个有勾选符号"),
        () if !ticked.is_empty() && other::says(options, tokens) != Says::Nothing => Some("“其它”栏有文字但未勾选"),
        () if around.loses_boxes && lacks_a_box(options, tokens) => Some("部分选项前的方框未能读出"),
        () if leads_a_few(options) => Some("仅部分类别前有勾选符号"),
        () if ticked.len() < options.len() && sets_off_another(options) => Some("另有选项以圈注、底色或颜色标出"),
        () if !ticked.is_empty() && around.inline > 0 => Some("栏内有图片，可能是勾选符号"),
        () => None,
    }
}

/// Whether a word of the form stands there in pieces: a page may put a box within it, `标☐准`.
fn lacks_a_word(options: &[Choosable], tokens: &[Token], rules: &[CategoryRule]) -> bool {
    let others = unprinted(tokens);
    let missing = rules.iter().filter(|rule| rule.on_form && !options.iter().any(|option| option.word.category == rule.id));
    missing.filter(|rule| rule.id != Category::Other).any(|rule| others.contains(&rule.label))
}

/// Whether a ticked word touches one that has no tick of its own: `☑检验检测认证`.
fn shares_a_tick(options: &[Choosable], tokens: &[Token]) -> bool {
    let words = tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Word(_))).map(|(at, _)| at);
    let placed: Vec<(usize, &Choosable)> = words.zip(options).collect();
    placed.windows(2).any(|pair| match pair {
        [(at, one), (next, other)] => {
            at + 1 == *next && matches!((one.state, other.state), (State::Ticked(_), State::NoBox) | (State::NoBox, State::Ticked(_)))
        }
        _ => false,
    })
}

/// Whether boxes stand there, and fewer than words: a mark may be lost beside one. 其它 has none on the form.
fn lacks_a_box(options: &[Choosable], tokens: &[Token]) -> bool {
    let words = options.iter().filter(|option| is_printed_with_box(option.word.category)).count();
    // Ticks that touch each other are one: □√.
    let ticks = tokens.chunk_by(|one, next| one.is_tick() && next.is_tick()).filter(|run| run.first().is_some_and(Token::is_tick)).count();
    tokens.contains(&Token::Box) && (ticks < words || stands_without_one(tokens))
}

/// Whether one of the form's own words has no tick on the side where the first word has one: what overstruck its box may be
/// lost, although 其它 has one of its own.
fn stands_without_one(tokens: &[Token]) -> bool {
    let is_word = |token: &Token| matches!(token, Token::Word(_));
    // What stands before the first word, and then each word with what follows it.
    let lead = tokens.split(is_word).next().unwrap_or_default();
    let between: Vec<bool> = tokens.split(is_word).map(|between| between.iter().any(Token::is_tick)).collect();
    let words = tokens.iter().filter(|token| is_word(token));
    let leads = usize::from(!lead.iter().any(Token::is_tick));
    let is_own = |token: &Token| matches!(token, Token::Word(word) if is_printed_with_box(word.category));
    let lacks = |(at, word): (usize, &Token)| is_own(word) && between.get(at + leads) == Some(&false);
    words.enumerate().any(lacks)
}

/// Whether one of the form's own words has no box, and none touches it.
fn stands_bare(options: &[Choosable], tokens: &[Token]) -> bool {
    let touched = |at: usize| [at.checked_sub(1), Some(at + 1)].into_iter().flatten().any(|at| tokens.get(at).is_some_and(Token::is_tick));
    let words = tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Word(_)));
    words.zip(options).any(|((at, _), option)| option.state == State::NoBox && is_printed_with_box(option.word.category) && !touched(at))
}

/// 其它 has no box on the form, and 知识产权 doesn't stand there.
fn is_printed_with_box(category: Category) -> bool {
    !matches!(category, Category::Other | Category::IntellectualProperty)
}

/// Whether a word that is not ticked is ringed, framed or coloured, and no ticked one is: `√其它 ⦅认证⦆`.
fn sets_off_another(options: &[Choosable]) -> bool {
    let marked = |ticked: bool| {
        let mut of = options.iter().filter(move |option| option.ticked().is_some() == ticked && option.word.category != Category::Other);
        of.any(|option| option.word.any.marked)
    };
    let plain = options.iter().any(|option| option.ticked().is_none() && !option.word.any.marked);
    options.iter().any(|option| option.ticked().is_some()) && marked(false) && !marked(true) && plain
}

/// Whether only the first of a few words is ticked, as if the mark led to all of them: `√计量、标准`.
fn leads_a_few(options: &[Choosable]) -> bool {
    let Some((first, others)) = options.split_first() else { return false };
    let led = matches!(first.state, State::Ticked(_)) && others.iter().all(|option| option.state == State::NoBox);
    led && !others.is_empty() && options.len() <= FEW && others.iter().all(|option| option.word.category != Category::Other)
}

fn without_ticks(options: &[Choosable], tokens: &[Token], around: &Around, rules: &[CategoryRule]) -> Choice {
    let chosen = |chosen: Vec<Category>, why: &str| Choice { categories: chosen, because: why.to_owned(), ..Choice::default() };
    let doubt = |why| Choice { doubt: Some(why), because: why.to_owned(), ..Choice::default() };
    let boxes = tokens.iter().any(|token| matches!(token, Token::Box));
    let printed = rules.iter().filter(|rule| rule.on_form).count();
    let standing: Vec<Category> = options.iter().filter(|option| !option.word.any.strike).map(|option| option.word.category).collect();
    let half_struck = options.iter().any(|option| option.word.any.strike != option.word.all.strike);
    let free = options.is_empty() && tokens.iter().filter_map(Token::character).any(char::is_alphanumeric);
    match () {
        () if around.inline + around.floating > 0 => doubt("栏内有图片，可能是勾选符号"),
        () if half_struck => doubt("选项被部分划去"),
        () if !standing.is_empty() && standing.len() < options.len() => match standing.len() <= options.len() - standing.len() {
            true => chosen(standing, "其余选项已划去"),
            false => doubt("部分选项被划去"),
        },
        () if is_emphasised(options) => doubt("仅以加粗、下划线、颜色或边框表示"),
        // No box at all and fewer words than the form prints: the chosen words alone were left.
        () if !options.is_empty() && options.len() <= FEW && !standing.is_empty() && !boxes => {
            match says_more(without_lead(tokens)).as_str() {
                "" => chosen(standing, "仅保留所选类别"),
                _ => doubt("所填内容不明确"),
            }
        }
        () if !options.is_empty() && options.len() <= FEW => doubt("仅保留了部分选项，未见勾选"),
        () if !options.is_empty() && !boxes && options.len() < printed => doubt("仅保留了部分选项，未见勾选"),
        () if !boxes && !options.is_empty() && around.loses_boxes => doubt("选项前的方框未能读出"),
        () if around.loses_boxes && lacks_a_box(options, tokens) => doubt("部分选项前的方框未能读出"),
        // The unit may have taken it away from the word that it chose.
        () if boxes && stands_bare(options, tokens) => doubt("部分选项前没有方框"),
        () if has_twins(options) => doubt("同一类别出现两次"),
        () if around.mixed_boxes => doubt("选项旁的方框不一致"),
        () if marks_oddly(tokens) || set_off::is_any(tokens) => doubt("选项旁有不明符号或数字"),
        () if other::text(tokens).is_some() => doubt("“其它”栏有文字但未勾选"),
        () if free && !boxes => doubt("所填类别不在表内"),
        () if options.is_empty() && tokens.iter().any(Token::is_tick) => doubt("仅有勾选符号，未见类别"),
        () if speaks_among(tokens) => doubt("所填内容不明确"),
        () => Choice { because: "无勾选".to_owned(), unticked: all_empty(options, rules), ..Choice::default() },
    }
}

/// Whether each word of the form was met with an empty box; the form prints none before 其它.
fn all_empty(options: &[Choosable], rules: &[CategoryRule]) -> bool {
    let is_empty = |category: Category| options.iter().any(|option| option.word.category == category && option.state == State::Empty);
    let mut own = rules.iter().filter(|rule| rule.on_form && rule.id != Category::Other);
    own.all(|rule| is_empty(rule.id))
}

/// Whether some words are set off from the others. What all of them are sets off none.
fn is_emphasised(options: &[Choosable]) -> bool {
    let differs = |has: fn(&Style) -> bool| {
        let count = options.iter().filter(|option| has(&option.word.any)).count();
        count > 0 && count < options.len()
    };
    differs(|style| style.bold) || differs(|style| style.underline) || differs(|style| style.marked)
}

fn has_twins(options: &[Choosable]) -> bool {
    let own = |option: &&Choosable| option.word.category != Category::IntellectualProperty;
    let mut categories: Vec<Category> = options.iter().filter(own).map(|option| option.word.category).collect();
    categories.sort_unstable();
    categories.windows(2).any(|pair| pair.first() == pair.last())
}

/// The tokens without what leads to the chosen words: `选择：计量`, `属于计量类`.
fn without_lead(tokens: &[Token]) -> &[Token] {
    let first = tokens.iter().position(|token| matches!(token, Token::Word(_))).unwrap_or_default();
    let (lead, rest) = tokens.split_at_checked(first).unwrap_or_default();
    let says: String = lead.iter().filter_map(Token::character).filter(|c| c.is_alphanumeric()).collect();
    if ["选择", "已选", "已选择", "勾选", "所选", "属于", "选"].contains(&says.as_str()) { rest } else { tokens }
}

/// Whether something stands among the words that may be somebody's own way of ticking: `计量1 标准0`, `标准＋`.
/// Numbers that count the words (1.计量 2.标准) are the form's.
fn marks_oddly(tokens: &[Token]) -> bool {
    const USUAL: &str = "()[]【】〔〕<>{}、，,。.．;；:：/／\\|_＿-—–…“”\"'‘’·*＊~～";
    let printed = || tokens.iter().take_while(|token| !is_other(token)).filter_map(Token::character).map(text::narrow);
    let digits: Vec<u32> = printed().filter_map(|c| c.to_digit(10)).collect();
    let counts = digits.is_empty() || digits.len() > FEW && digits.iter().zip(1..).all(|(digit, at)| *digit == at);
    !counts || printed().any(|c| !c.is_alphanumeric() && !c.is_whitespace() && !USUAL.contains(c))
}

/// Whether more stands there than the form prints. An instruction stands before the words, or behind them.
fn speaks_among(tokens: &[Token]) -> bool {
    let first = tokens.iter().position(|token| matches!(token, Token::Word(_))).unwrap_or_default();
    let last = tokens.iter().rposition(|token| matches!(token, Token::Word(_))).unwrap_or_default();
    let (lead, rest) = tokens.split_at_checked(first).unwrap_or_default();
    let (among, behind) = rest.split_at_checked(last.saturating_sub(first)).unwrap_or_default();
    let instructs = |tokens: &[Token]| instructions::is_instruction(&unprinted(tokens));
    [(lead, instructs(lead)), (among, false), (behind, instructs(behind))]
        .into_iter()
        .any(|(tokens, instructs)| !instructs && !says_more(tokens).is_empty())
}

/// What stands among the words that the form doesn't print: 是 in `标准（是）`.
fn says_more(tokens: &[Token]) -> String {
    const ASKED: [&str; 18] = [
        "请在相应的内打",
        "在相应的内打",
        "请在对应选项前打",
        "可多选",
        "多选",
        "单选",
        "请选择",
        "请勾选",
        "类别",
        "类型",
        "及",
        "和",
        "与",
        "等",
        "领域",
        "方面",
        "服务",
        "类",
    ];
    ASKED.iter().fold(unprinted(tokens), |rest, word| rest.replace(word, ""))
}

/// The letters before 其它 that belong to no category.
fn unprinted(tokens: &[Token]) -> String {
    let printed = tokens.iter().take_while(|token| !is_other(token));
    printed.filter_map(Token::character).filter(|c| c.is_alphanumeric() && !text::narrow(*c).is_ascii_digit()).collect()
}
