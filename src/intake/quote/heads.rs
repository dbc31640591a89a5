//! Mails that were sent on, without what mailers put before them: signs of a quotation, and 主题 at the head of a mail
//! within, which is no 案例题目.

use super::is_quoted;
use regex::Regex;
use std::sync::LazyLock;

/// Words that a head begins with.
const SENDER: [&str; 4] = ["发件人", "寄件人", "寄件者", "發件人"];
/// Heads that are looked into: nobody sends a mail on more often.
const MOST: usize = 50;
/// The head of a mail has no more bytes between its sender and its subject.
const NEAR: usize = 3000;
/// Beginnings of a head's lines, in lower case and without blanks.
const LINES: [&str; 24] = [
    "发件",
    "发送",
    "收件",
    "寄件",
    "發件",
    "收信",
    "抄送",
    "副本",
    "密送",
    "暗送",
    "日期",
    "时间",
    "時間",
    "主题",
    "主題",
    "主旨",
    "标题",
    "附件",
    "重要性",
    "date:",
    "to:",
    "cc:",
    "sent:",
    "subject:",
];

/// The label of a subject: blanks may stand in it, marks of HTML behind it.
static SUBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:主(?:\s|&#?[0-9A-Za-z]{2,6};){0,8}[题題旨]|标(?:\s|&#?[0-9A-Za-z]{2,6};){0,8}题)(?:\s|\*|&#?[0-9A-Za-z]{2,6};|<[^<>]*>)*[:：|｜]").ok()
});

/// A text that was sent on: its lines without the `>` of a quotation, the subjects of its heads told from a form's title.
pub fn sent_on_text(text: &str) -> String {
    let bare = |line: &str| if is_quoted(line) { line.trim_start_matches([' ', '>', '＞']).to_owned() } else { line.to_owned() };
    let text = text.split('\n').map(bare).collect::<Vec<_>>().join("\n");
    with_subjects_named(&text, in_text)
}

/// HTML that was sent on, likewise. A `>` at the beginning of a line is a mark's end there.
pub fn sent_on_html(html: &str) -> String {
    with_subjects_named(html, |behind| subjects(behind).find(|at| !is_of_few_mailers(behind, *at)))
}

/// A text with 邮件 before the subject of each head; where that is, what follows the sender tells.
fn with_subjects_named(text: &str, subject: impl Fn(&str) -> Option<usize>) -> String {
    let mut senders: Vec<usize> =
        SENDER.iter().flat_map(|word| text.match_indices(word).take(MOST).map(|(at, word)| at + word.len())).collect();
    senders.sort_unstable();
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for sender in senders.into_iter().take(MOST) {
        let behind = text.get(sender..).unwrap_or_default();
        let near = behind.get(..behind.floor_char_boundary(NEAR)).unwrap_or(behind);
        let Some(at) = (sender >= done).then(|| subject(near)).flatten() else { continue };
        out.extend([text.get(done..sender + at).unwrap_or_default(), "邮件"]);
        done = sender + at;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Where labels of a subject stand that are no part of a longer word, such as 案例主题.
fn subjects(text: &str) -> impl Iterator<Item = usize> {
    let found = SUBJECT.as_ref().into_iter().flat_map(|subject| subject.find_iter(text));
    let is_whole = |at: &usize| !text.get(..*at).is_some_and(|before| before.ends_with(|c| matches!(c, '一'..='龥')));
    found.map(|found| found.start()).filter(is_whole)
}

/// 标题 is what few mailers call it, and many forms their title.
fn is_of_few_mailers(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|label| label.starts_with('标'))
}

/// The subject in the head that a text begins with. The head ends behind an empty line, unless more of its lines follow.
/// 标题 counts amid its lines only.
fn in_text(text: &str) -> Option<usize> {
    let mut lines = text.split_inclusive('\n').peekable();
    let (mut start, mut parted) = (0, false);
    while let Some(line) = lines.next() {
        let bare = bare(line);
        if parted && !bare.is_empty() && !is_of_a_head(&bare) {
            return None;
        }
        let mut ends = || lines.peek().is_none_or(|next| self::bare(next).is_empty() || is_of_a_head(&self::bare(next)));
        let is_subject = |at: &usize| !is_of_few_mailers(line, *at) || !parted && ends();
        if let Some(at) = subjects(line).find(is_subject) {
            return Some(start + at);
        }
        parted |= start > 0 && bare.is_empty();
        start += line.len();
    }
    None
}

/// The beginning of a line in lower case, without blanks and what frames it.
fn bare(line: &str) -> String {
    let kept = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '|' | '｜' | '-' | '_' | '"'));
    kept.take(200).map(|c| crate::intake::text::narrow(c).to_ascii_lowercase()).collect()
}

/// Whether a line is one of a mail's head, or more of its addresses.
fn is_of_a_head(bare: &str) -> bool {
    LINES.iter().any(|word| bare.starts_with(word)) || bare.contains(['@', '<'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_a_mail_within_is_no_title() {
        let head = "请阅处。\n\n-----原始邮件-----\n发件人: 张三 <z@u.example>\n发送时间: 2023年6月8日\n主题: 典型案例申报\n\n案例题目：茶";
        assert!(sent_on_text(head).contains("\n邮件主题: 典型案例申报\n\n案例题目：茶"));
        let html = "<div><b>发件人:</b> 张三<br><b>主题:</b> 申报</div><p>主题：茶</p>";
        assert_eq!(sent_on_html(html), "<div><b>发件人:</b> 张三<br><b>邮件主题:</b> 申报</div><p>主题：茶</p>");
        for plain in ["主题：茶", "发件人未开展主题教育。", "发件人：张三\n\n案例主题：茶"] {
            assert_eq!(sent_on_text(plain), plain);
            assert_eq!(sent_on_html(plain), plain);
        }
    }

    #[test]
    fn a_subject_may_have_blanks_in_its_label() {
        let text = |label: &str| format!("发件人：张三\n收件人：王五\n{label}典型案例申报\n\n案例题目：茶");
        for label in ["主　题：", "主 题:", "主\u{a0}\u{a0}题 ：", "主  旨：", "主题 | ", "标题："] {
            assert_eq!(sent_on_text(&text(label)), text(&format!("邮件{label}")));
        }
        assert_eq!(sent_on_html("发件人：张三<br>主&nbsp;&nbsp;题：申报"), "发件人：张三<br>邮件主&nbsp;&nbsp;题：申报");
        // A unit's own word before it is none, and what parts the lines of a head doesn't end it.
        let apart = "发件人：主题教育办\n\n收件人：王五\n\n主题：申报\n\n题目：茶";
        assert_eq!(sent_on_text(apart), apart.replace("主题：", "邮件主题："));
    }

    #[test]
    fn the_title_of_a_form_behind_a_head_is_no_subject() {
        for title in
            ["\n标题：茶\n报送单位：某所", "\n标题：茶\n\n报送单位：某所", "标题：茶\n报送单位：某所", "\n主题：茶\n报送单位：某所"]
        {
            let text = format!("发件人：张三 <z@u.example>\n发送时间：2023年6月8日\n收件人：王五 <w@o.example>\n{title}");
            let kept = if title.starts_with("\n主题") { text.replace("主题", "邮件主题") } else { text.clone() };
            assert_eq!(sent_on_text(&text), kept);
        }
        assert_eq!(sent_on_html("<p>发件人：张三</p><p>标题：茶</p>"), "<p>发件人：张三</p><p>标题：茶</p>");
    }

    #[test]
    fn signs_of_a_quotation_are_no_marks_of_html() {
        assert_eq!(sent_on_text("> 案例题目：茶\n>> 报送单位：某局"), "案例题目：茶\n报送单位：某局");
        for html in ["<p>> 1</p>", "请审核。<table><tr><td\n>案例题目</td></tr></table>"] {
            assert_eq!(sent_on_html(html), html);
        }
    }

    #[test]
    fn many_heads_cost_no_more_than_a_few() {
        let text = "发件人\n".repeat(200_000);
        assert_eq!(sent_on_text(&text), text, "and looking through the rest for each would take minutes");
    }
}
