//! The text beside 其它.

use super::pairing::{Choosable, State};
use super::token::Token;
use super::words::is_other;
use crate::intake::text;
use crate::model::campaign::Category;

/// What is said behind a 其它 that bears no tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// An answer, where the form prints no box.
    Chosen,
    /// An answer behind a box that was left empty.
    Open,
    /// No answer.
    Nothing,
}

/// Reads what stands behind it on its line.
pub(super) fn says(options: &[Choosable], tokens: &[Token]) -> Says {
    let state = options.iter().rev().find(|option| option.word.category == Category::Other).map(|option| option.state);
    match state {
        Some(State::NoBox) if is_answered(tokens) => Says::Chosen,
        Some(State::Empty) if is_answered(tokens) => Says::Open,
        Some(State::NoBox | State::Empty | State::Ticked(_) | State::Doubtful(_)) | None => Says::Nothing,
    }
}

/// Whether more than the form's hints stands there (`（含品牌等）`, `注：…`, `领域`), and more than that there is nothing.
fn is_answered(tokens: &[Token]) -> bool {
    const HEADS: [&str; 16] =
        ["注:", "备注", "填写", "请", "如", "例如", "可多选", "最多", "限选", "限填", "不涉及", "不选", "不超过", "未涉及", "暂无", "无此"];
    const WHOLE: [&str; 10] = ["无", "否", "略", "没有", "N/A", "NA", "领域", "类别", "类", "方面"];
    let behind = tokens.iter().rposition(is_other).and_then(|at| tokens.get(at + 1..)).unwrap_or_default();
    let own = behind.iter().take_while(|token| !token.is_tick() && !matches!(token, Token::Break | Token::Word(_)));
    let mut depth = 0_usize;
    let free: String = own
        .map(|token| token.character().map_or(' ', text::narrow))
        .filter(|c| {
            let closes = ")]】〕".contains(*c);
            depth = if closes { depth.saturating_sub(1) } else { depth + usize::from("([【〔".contains(*c)) };
            depth == 0 && !closes
        })
        .collect();
    let answer = free.trim_matches(|c: char| !c.is_alphanumeric());
    let is_placeholder = answer.chars().all(|c| matches!(c, 'X' | 'x'));
    !is_placeholder && !WHOLE.contains(&answer) && !HEADS.iter().any(|head| answer.starts_with(head))
}

/// What is written there, if anything is.
pub(super) fn text(tokens: &[Token]) -> Option<String> {
    let last = tokens.iter().rposition(is_other).and_then(|at| of(tokens.get(at + 1..)?));
    last.or_else(|| of(tokens.get(tokens.iter().position(is_other)? + 1..)?))
}

fn of(tokens: &[Token]) -> Option<String> {
    // “其它（√）能源管理”, “其它□√ 能源管理”: the text may stand behind the ticks of a word whose ticks follow it.
    let leads = |token: &Token| token.is_blank() || token.character().is_some_and(|c| matches!(c, ':' | '：' | '_' | '＿'));
    let start = tokens.iter().position(|token| !leads(token)).unwrap_or_default();
    let ticks = tokens.iter().skip(start).take_while(|token| token.is_tick());
    let marked = ticks.clone().any(|token| matches!(token, Token::Mark(_)));
    let own_ticks = if marked { start + ticks.count() } else { 0 };
    let last = !tokens.iter().any(|token| matches!(token, Token::Word(_)));
    let content: String = tokens
        .iter()
        .skip(if last { own_ticks } else { 0 })
        .take_while(|token| !token.is_tick() && !matches!(token, Token::Word(_)))
        .map(|token| token.character().unwrap_or(' '))
        .collect();
    let content = content.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let bare = content.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '_' | '＿' | '-' | '—' | ':' | '：' | '(' | ')' | '（' | '）' | '、' | '，' | '。' | '；')
    });
    // “其它：能源管理”: the quotation began before the word.
    let bare = bare.strip_suffix(['”', '"']).filter(|inner| !inner.contains(['“', '"'])).unwrap_or(bare);
    let says = !bare.is_empty()
        && !["请注明", "请说明", "注明", "请填写", "具体", "填写"].contains(&bare)
        && bare.chars().any(char::is_alphanumeric);
    says.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_text;
    use crate::model::campaign::Category::*;

    #[test]
    fn what_the_form_says_behind_other_is_no_answer() {
        for behind in [
            "其它（包括知识产权、品牌等）",
            "其它（含品牌、知识产权）",
            "其它（质量品牌、知识产权等）",
            "其它：____（不超过10字）",
            "其它 注：最多选2项",
            "其它：填写类别名称",
            "其它：否",
            "其它\n注：请在对应□内打√",
            "□其它（限选一项）",
            "□其它（选填）",
            "□其它：无此项",
            "□其它：不涉及",
            "□其它（限20字）",
            "□其它领域：",
            "□其它（质量管理等）",
            "□其它：N/A",
            "□其它：未涉及",
            "□其它（不选）",
            "□其它 XXX",
            "□其它\n2023年6月1日填",
            "□其它：____（不超过10字）（选填）",
        ] {
            let choice = read_text(&format!("□计量 □标准 ☑检验检测 □认证 {behind}"));
            assert_eq!((choice.categories, choice.doubt), (vec![Inspection], None), "{behind}");
        }
    }

    #[test]
    fn an_answer_behind_other_is_shown_to_a_person() {
        for (behind, expected) in [
            ("其它 知识产权", vec![Inspection, IntellectualProperty]),
            ("其它：能源管理（园区）", vec![Inspection, Other]),
            ("其它：_能源_（不超过10字）", vec![Inspection, Other]),
            ("□其它 知识产权", vec![Inspection]),
            ("□其它：____能源管理____", vec![Inspection]),
        ] {
            let choice = read_text(&format!("□计量 □标准 ☑检验检测 □认证 {behind}"));
            assert_eq!((choice.categories, choice.doubt.is_some()), (expected, true), "{behind}");
        }
    }
}
