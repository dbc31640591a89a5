//! What the sender wrote, without what the mail quotes: a text or HTML body up to the first quotation.
//!
//! No standard says how a quotation begins; these are the ways of QQ, Foxmail, NetEase, Coremail, Outlook,
//! Apple and Gmail. A quotation decides nothing: it may be a letter of ours, full of the words of a form.

mod heads;

pub use heads::{sent_on_html, sent_on_text};

/// Beginnings of a line that end what the sender wrote. Dashes, bars, stars and blanks before them don't count.
const LINES: [&str; 24] = [
    "发件人:",
    "发件人|",
    "寄件者:",
    "寄件人:",
    "from:",
    "sent:",
    "原始邮件",
    "原邮件",
    "原始信息",
    "邮件原件",
    "originalmessage",
    "originalemail",
    "originalmail",
    "原始消息",
    "回复的原邮件",
    "回复的邮件",
    "repliedmessage",
    "转发邮件信息",
    "转发的邮件",
    "转发邮件",
    "转发的原邮件",
    "forwardedmessage",
    "forwardedmail",
    "beginforwardedmessage",
];
/// Ends of a line that introduces a quotation: `在 2023-06-14 10:00:00，"某人" <…> 写道：`.
const INTRODUCTIONS: [&str; 4] = ["写道:", "写了:", "wrote:", "寫道:"];
/// Beginnings of a quotation in HTML, lower case.
const MARKUP: [&str; 6] =
    ["<blockquote", "gmail_quote", "id=\"isreplycontent\"", "id=isreplycontent", "name=\"messagereplysection\"", "id=\"divrplyfwdmsg\""];

/// The sender's own words of a text, lines that are quoted with `>` left out.
pub fn own_text(text: &str) -> String {
    let own = text.lines().take_while(|line| !begins_quotation(line)).filter(|line| !is_quoted(line));
    own.collect::<Vec<_>>().join("\n")
}

/// The sender's own part of an HTML body.
pub fn own_html(html: &str) -> &str {
    // ASCII alone is lowered, so that offsets stay.
    let lower = html.to_ascii_lowercase();
    let markup = MARKUP.iter().filter_map(|mark| lower.find(mark)).min();
    let phrase =
        ["原始邮件", "回复的原邮件", "邮件原件", "转发邮件", "转发的邮件", "发件人", "写道", "original message", "forwarded message"];
    let phrase = phrase.iter().filter_map(|mark| lower.find(mark)).min();
    let end = markup.into_iter().chain(phrase).min().unwrap_or(html.len());
    html.get(..end).unwrap_or(html)
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞'])
}

fn begins_quotation(line: &str) -> bool {
    let bare: String = line
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '>' | '＞' | '"' | '_' | '='))
        .map(|c| crate::intake::text::narrow(c).to_ascii_lowercase())
        .take(400)
        .collect();
    let head = bare.trim_start_matches(['-', '|']);
    let tail = bare.trim_end_matches(['-', '|']);
    LINES.iter().any(|mark| head.starts_with(mark)) || INTRODUCTIONS.iter().any(|mark| tail.ends_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_ends_what_the_sender_wrote() {
        for quotation in [
            "------------------ 原始邮件 ------------------\n案例题目：茶",
            "------------------&nbsp;\n发件人： \"某人\" <a@unit.example>\n案例题目：茶",
            "在 2023-06-14 10:00:00，\"某人\" <a@unit.example> 写道：\n案例题目：茶",
            "---- 回复的原邮件 ----\n| 发件人 | 某人 |\n案例题目：茶",
            "| 发件人 | 某人 |\n案例题目：茶",
            "-----邮件原件-----\n案例题目：茶",
            "On Wed, Jun 14, 2023 at 10:00 AM a <a@unit.example> wrote:\n> 案例题目：茶",
            "-----Original Message-----\nFrom: a\n案例题目：茶",
            "From: a <a@unit.example>\n案例题目：茶",
            "> -----原始邮件-----\n> 案例题目：茶",
            "-------- 转发邮件信息 --------\n案例题目：茶",
            "> 案例题目：茶",
        ] {
            let own = own_text(&format!("收到，谢谢。\n\n{quotation}"));
            assert!(own.starts_with("收到，谢谢。") && !own.contains("案例题目"), "{quotation}");
        }
    }

    #[test]
    fn words_about_mail_are_no_quotation() {
        let text = "原来的邮件发件人写错了，现重新报送。\n请查收附件。";
        assert_eq!(own_text(text), text);
    }

    #[test]
    fn html_is_cut_where_it_quotes() {
        assert_eq!(own_html("<p>收到</p><BLOCKQUOTE>x"), "<p>收到</p>");
        assert_eq!(own_html("<p>收到</p><div>---原始邮件---</div>x"), "<p>收到</p><div>---");
        assert_eq!(own_html("<p>收到</p>"), "<p>收到</p>");
    }
}
