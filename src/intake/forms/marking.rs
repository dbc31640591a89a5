//! Markings of classified matter (design rule 13): in a name, in the subject, or on a line of its own at a page's head.
//!
//! A sentence that mentions one is none (标有“秘密★”的材料不得报送), nor is 商业秘密.

use crate::intake::text::narrow;
use crate::model::document::{Block, Document};

/// What a name goes on with where it only speaks of such matter.
const TOPICS: [&str; 9] = ["管理", "保护", "制度", "培训", "界定", "范围", "事项", "检查", "教育"];
/// Behind the level: how it is to be handled.
const HANDLING: [&str; 12] =
    ["注意保存", "妥善保管", "妥善保存", "不得外传", "请勿外传", "严禁外传", "免费交流", "内部交流", "仅供", "禁止", "严禁", "不得"];
/// What stands for ★, the full-width asterisk among it.
const STARS: [char; 5] = ['★', '☆', '*', '⭐', '＊'];
/// A page's head has at most so many lines.
const HEAD: usize = 3;
/// A marking's line is short.
const LINE: usize = 30;

/// Whether a name or a subject bears a marking.
pub(super) fn is_in_name(name: &str, markings: &[String]) -> bool {
    let bare = bare(name);
    markings.iter().any(|marking| {
        bare.match_indices(marking.as_str()).any(|(at, found)| {
            let rest = bare.get(at + found.len()..).unwrap_or_default();
            !TOPICS.iter().any(|topic| rest.starts_with(topic))
        })
    })
}

/// Whether a document bears a marking: on the first lines, or on a line that holds nothing else (the head of a
/// later page, a page header, a text box).
pub(super) fn is_in_document(document: &Document, text: &str, markings: &[String]) -> bool {
    let alone = document.blocks.iter().filter_map(|block| match block {
        Block::Paragraph(paragraph) => Some(paragraph.text()),
        Block::Table(_) => None,
    });
    is_in_text(text, markings)
        || alone.flat_map(|text| text.lines().filter_map(short).collect::<Vec<_>>()).any(|line| is_alone(&line, markings))
}

/// Whether a text bears a marking: on its first lines, or a level with its star on any.
pub(super) fn is_in_text(text: &str, markings: &[String]) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    // A starred line at the head is at the head.
    lines.by_ref().take(HEAD).any(|line| is_at_the_head(&bare(line), markings))
        || lines.filter(|line| line.contains(STARS)).filter_map(short).any(|line| is_starred(&line, markings))
}

/// A line that may be a marking's, [`bare`]: with its brackets and stars it has at most twice a marking's length.
fn short(line: &str) -> Option<String> {
    line.chars().filter(|c| !c.is_whitespace()).nth(2 * LINE).is_none().then(|| bare(line))
}

/// Without blanks and in one width; ☆ and * stand for ★.
fn bare(text: &str) -> String {
    let narrow = text.chars().map(narrow).filter(|c| !c.is_whitespace());
    narrow.map(|c| if STARS.contains(&c) { '★' } else { c }).collect()
}

/// A head's line that begins with a marking, or bears a level with its star beside a number or a degree of urgency.
fn is_at_the_head(line: &str, markings: &[String]) -> bool {
    let after = line.trim_start_matches(['[', '【', '(', '★']);
    let after = ["文件密级:", "密级:", "密级", "等级:"].iter().find_map(|word| after.strip_prefix(word)).unwrap_or(after);
    let level = ["绝密", "机密", "秘密"].iter().find_map(|level| after.strip_prefix(level));
    let is_level =
        level.is_some_and(|rest| is_end(rest) || (rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(['年', '月'])));
    is_level || is_alone(after, markings) || is_starred(line, markings)
}

/// A line of its own: the marking, and at most how long it holds and how it is to be handled.
fn is_alone(line: &str, markings: &[String]) -> bool {
    let line = line.trim_start_matches(['[', '【', '(', '★']);
    line.chars().count() <= LINE && markings.iter().filter_map(|marking| line.strip_prefix(marking.as_str())).any(is_end)
}

fn is_end(rest: &str) -> bool {
    let closed = rest.starts_with([']', '】', ')']);
    let bare = rest.trim_start_matches([',', ':', '、', '-', '!', '.', '。', '★', ']', '】', ')']);
    closed || bare.is_empty() || HANDLING.iter().any(|word| bare.starts_with(word))
}

/// A level with its star on a short line that is no sentence: `秘密★1年　特急`.
fn is_starred(line: &str, markings: &[String]) -> bool {
    let sentence = line.contains(['。', ',', ';', '“', '”', '"', '?'])
        || ["字样", "标有", "标注", "标志", "不得报"].iter().any(|word| line.contains(word));
    let starred = markings.iter().filter(|marking| marking.ends_with('★'));
    line.chars().count() <= LINE && !sentence && starred.into_iter().any(|marking| line.contains(marking.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markings() -> Vec<String> {
        ["秘密★", "机密★", "绝密★", "工作秘密", "内部资料"].map(String::from).to_vec()
    }

    #[test]
    fn markings_stand_on_lines_of_their_own() {
        for text in [
            "秘密★1年\n关于…的报告",
            "000012\n机 密 ★ 5 年\n特急",
            "密级：秘密\n某报告",
            "绝密☆长期",
            "内部资料  注意保存\n目录",
            "【内部资料】某行业运行情况\n正文",
            "工作秘密\n台账",
            "一\n二\n三\n四\n五\n秘密★10年",
        ] {
            assert!(is_in_text(text, &markings()), "{text}");
        }
    }

    #[test]
    fn what_speaks_of_secrets_bears_no_marking() {
        for text in [
            "商业秘密保护案例\n指导企业建立商业秘密保护制度",
            "本材料不含工作秘密。\n内部资料管理规范，共三章。",
            "严禁报送标有秘密★字样的文件",
            "各单位不得报送工作秘密和内部资料。",
            "秘密武器：计量",
            "机密仪器有限公司",
        ] {
            assert!(!is_in_text(text, &markings()), "{text}");
        }
    }

    #[test]
    fn names_bear_markings() {
        for (name, marked) in [
            ("秘密★1年-申报表.docx", true),
            ("内部资料/证书.jpg", true),
            ("工作秘密（1）.pdf", true),
            ("工作秘密管理制度.docx", false),
            ("商业秘密保护案例.docx", false),
        ] {
            assert_eq!(is_in_name(name, &markings()), marked, "{name}");
        }
    }
}
