//! The reply texts, and the usual words of those that a campaign file leaves out.

use serde::{Deserialize, Serialize};

/// The reply texts: minijinja templates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// 收件回执.
    pub acknowledgement: ReplyText,
    /// 补正通知.
    pub correction: ReplyText,
    /// No form came.
    pub guidance: ReplyText,
    /// It came after the close.
    pub late: ReplyText,
    /// 待并案: a plain acknowledgement that mentions no other case.
    pub possible_revision: ReplyText,
    /// 汇总回执: what came past the cap of a day. Left out: the usual words.
    #[serde(default = "summary")]
    pub summary: ReplyText,
    /// 补正提醒: before a correction is due or a window closes, and after. Left out: the usual words.
    #[serde(default = "reminder")]
    pub reminder: ReplyText,
    /// 更正: our request was wrong, nothing is to be corrected. Left out: the usual words.
    #[serde(default = "retraction")]
    pub retraction: ReplyText,
    /// 更正: what we told was wrong, and what holds. Left out: the usual words.
    #[serde(default = "amendment")]
    pub amendment: ReplyText,
    /// 退回告知: a person sent a case back. Left out: the usual words.
    #[serde(default = "returned")]
    pub returned: ReplyText,
    /// 答复: around what a person wrote in answer to a question. Left out: the usual words.
    #[serde(default = "answer")]
    pub answer: ReplyText,
    /// 入选通知: the case was selected. Left out: the usual words.
    #[serde(default = "selected")]
    pub selected: ReplyText,
    /// 评审结果告知: it was not. Left out: the usual words.
    #[serde(default = "not_selected")]
    pub not_selected: ReplyText,
}

fn selected() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】入选通知 {{ numbers }} {{ title }}".into(), body: include_str!("selected.txt").into() }
}

fn not_selected() -> ReplyText {
    ReplyText {
        subject: "【{{ brand }}】评审结果告知 {{ numbers }} {{ title }}".into(), body: include_str!("not_selected.txt").into()
    }
}

fn retraction() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】更正 {{ numbers }} {{ title }}".into(), body: include_str!("retraction.txt").into() }
}

fn amendment() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】更正 {{ numbers }} {{ title }}".into(), body: include_str!("amendment.txt").into() }
}

fn returned() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】退回告知 {{ numbers }} {{ title }}".into(), body: include_str!("returned.txt").into() }
}

fn answer() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】答复：{{ original or \"贵单位来信\" }}".into(), body: include_str!("answer.txt").into() }
}

fn reminder() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】补正提醒 {{ numbers }} {{ title }}".into(), body: include_str!("reminder.txt").into() }
}

fn summary() -> ReplyText {
    ReplyText {
        subject: "【{{ brand }}】汇总回执 {{ numbers }} {{ day }}来信".into(), body: include_str!("summary_reply.txt").into()
    }
}

/// One reply's subject and body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyText {
    /// The subject line.
    pub subject: String,
    /// The body from after the 称呼 to before the signature; a blank line parts paragraphs.
    pub body: String,
}
