//! What kind of mail it is: a bounce before a receipt, before an automatic reply, before bulk; only what a
//! person sent is looked into (RFC 3834, RFC 3464, RFC 8098, and what Chinese providers do instead).

use crate::intake::message::Parsed;
use crate::intake::quote;
use crate::intake::word_lists::{WordList, WordLists, folded};
use crate::model::message::{Attachment, Kind, Message};

/// The kind of a mail that a machine sent; none for a person's.
///
/// Bulk is told apart by [`is_bulk`], after the files were looked into: a form sent through a list is a form.
pub fn automatic(parsed: &Parsed, words: &WordLists) -> Option<Kind> {
    let message = &parsed.message;
    let null_return_path = message.field("return-path").is_some_and(|path| path.trim() == "<>");
    let bare = message.attachments.is_empty();
    if is_bounce(parsed, words, null_return_path) {
        return Some(Kind::Bounce);
    }
    let disposition = message.content_type == "multipart/report" && message.report_type.as_deref() == Some("disposition-notification");
    if disposition || (bare && words.read_receipt.begins(&message.subject)) {
        return Some(Kind::ReadReceipt);
    }
    // A mail system's own notices go to everybody; a null return path would make them answers.
    if bare && words.notice.begins(&message.subject) {
        return Some(Kind::Bulk);
    }
    let told = says_automatic(message);
    let looks = bare && (words.auto_reply.begins(&message.subject) || reads_automatic(message, words));
    (told || looks || (null_return_path && bare)).then_some(Kind::AutoReply)
}

/// Whether a mail with files reads as an automatic answer, though no field says so. A person decides: what it brings
/// may be the form that a robot sends with every answer.
pub fn perhaps_automatic(message: &Message, words: &WordLists) -> bool {
    words.auto_reply.begins(&message.subject) || (is_reply(&message.subject) && reads_automatic(message, words))
}

/// How long an automatic answer may be, in characters.
const ANSWER_CHARS: usize = 400;
/// Why somebody is away.
const AWAY: [&str; 14] = [
    "休假",
    "出差",
    "年假",
    "产假",
    "病假",
    "婚假",
    "探亲假",
    "外出学习",
    "外出培训",
    "外出开会",
    "外地学习",
    "不在办公室",
    "不在岗",
    "离岗",
];
/// What follows from it.
const SO: [&str; 12] =
    ["无法及时", "不能及时", "未能及时", "暂时无法", "暂不能", "无法第一时间", "返回后", "回来后", "回岗后", "返岗后", "假期结束", "紧急"];

/// A short answer that says of itself that a machine gave it, or one that says that its owner is away, and what
/// follows: Chinese web mailers set no header field for it, and keep the subject.
fn reads_automatic(message: &Message, words: &WordLists) -> bool {
    let text = quote::own_text(&message.text);
    if text.chars().count() > ANSWER_CHARS {
        return false;
    }
    let says = |list: &[&str]| list.iter().any(|word| text.contains(word));
    words.auto_reply_text.stands_in(&text) || (is_reply(&message.subject) && says(&AWAY) && says(&SO))
}

fn is_bounce(parsed: &Parsed, words: &WordLists, null_return_path: bool) -> bool {
    let message = &parsed.message;
    let status = message.content_type == "multipart/report" && message.report_type.as_deref() == Some("delivery-status");
    let local = message.from.address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let daemon =
        matches!(local.as_str(), "mailer-daemon" | "postmaster" | "maildaemon" | "mail-daemon") || local.starts_with("microsoftexchange");
    let worded = words.bounce.begins(&message.subject);
    let bare = message.attachments.is_empty();
    let told = || words.bounce_text.stands_in(&message.text);
    status || (daemon && told()) || (daemon && (null_return_path || worded)) || (worded && (null_return_path || bare))
}

/// `Auto-Submitted` (RFC 3834 section 5), and the header fields that providers use in its place.
///
/// `X-Auto-Response-Suppress` is no sign: Outlook puts it on mails of people.
fn says_automatic(message: &Message) -> bool {
    let submitted = message.field("auto-submitted").is_some_and(|value| !value.trim().to_ascii_lowercase().starts_with("no"));
    let precedence = message.field("precedence").is_some_and(|value| value.trim().eq_ignore_ascii_case("auto_reply"));
    let own = [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponse",
        "x-auto-reply",
        "x-qq-autoreply",
        "x-mail-autoreply",
        "x-netease-autoreply",
        "x-coremail-autoreply",
    ];
    submitted || precedence || own.iter().any(|name| message.field(name).is_some_and(|value| !matches!(value.trim(), "0" | "no" | "false")))
}

/// A list's or a newsletter's mail (RFC 2919, RFC 2369).
pub fn is_bulk(message: &Message) -> bool {
    let precedence =
        message.field("precedence").is_some_and(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "bulk" | "list" | "junk"));
    precedence || ["list-id", "list-unsubscribe", "feedback-id", "x-campaign-id"].iter().any(|name| message.field(name).is_some())
}

/// Words of the frauds that go to every office: none of them means to submit a case.
const FRAUD: [&str; 14] = [
    "劳动补贴",
    "工资补贴",
    "补贴申领",
    "领取补贴",
    "个人补贴",
    "社保补",
    "发票",
    "退税",
    "个税",
    "汇算清缴",
    "财务通知",
    "代理",
    "代办",
    "代开",
];

/// Whether a mail speaks of money to be had, and of no case.
pub fn is_fraud(message: &Message) -> bool {
    let says = |word: &str| message.subject.contains(word) || message.text.contains(word);
    FRAUD.iter().any(|word| says(word)) && !says("案例")
}

/// Whether a mail plainly means to submit, though no form was found in it.
///
/// Only what the sender wrote says so: neither a quotation, nor the subject of the mail that it answers.
pub fn means_to_submit(message: &Message, words: &WordLists) -> bool {
    let sent = || message.attachments.iter().filter(|file| !file.inline && !is_signature(file));
    let files = sent().next().is_some();
    let text = quote::own_text(&message.text);
    let subject = if is_reply(&message.subject) { "" } else { message.subject.as_str() };
    let says = words.submission.stands_in(subject) || words.submission.stands_in(&text);
    let named = sent()
        .map(|file| without_opinions(&file.name))
        .any(|name| [&words.form_names, &words.scan_names].iter().any(|list| list.stands_in(&name)));
    let asks = words.inquiry.stands_in(subject) || words.inquiry.stands_in(&text);
    match () {
        () if is_fraud(message) || is_recall(message, words) || is_announcement(message) => false,
        () if !named && is_others_business(subject, &text) => false,
        () if files => says || named,
        () if has_link(message, words) => says && !asks,
        // A conversation, or a promise: who answers without a file may have forgotten it, or may not have it yet.
        () if is_reply(&message.subject) || !message.in_reply_to.is_empty() || promises(&text) => false,
        () => says && !asks && says_attached(&text),
    }
}

/// A file's name without 意见 of a draft, which are not the form's: `征求意见反馈表.docx`, `申报表（按反馈意见修改）.docx`.
fn without_opinions(name: &str) -> String {
    const OPINIONS: [&str; 7] = ["征求意见", "征集意见", "反馈意见", "意见反馈", "意见建议", "意见稿", "意见征"];
    OPINIONS.iter().fold(name.to_owned(), |left, word| left.replace(word, "，"))
}

/// The largest picture that a signature bears, in bytes.
const SIGNATURE: usize = 20_000;

/// The picture below a sender's name, which some mailers attach: 谢谢 with a logo adds nothing to a case.
pub fn is_signature(file: &Attachment) -> bool {
    let name = file.name.to_lowercase();
    let numbered = name.strip_prefix("image0").and_then(|rest| rest.split_once('.')).is_some_and(|(number, _)| number.len() == 2);
    let named = numbered || ["logo", "signature", "签名", "徽标", "二维码", "名片"].iter().any(|word| name.contains(word));
    let picture = file.media_type.starts_with("image/") || [".png", ".jpg", ".jpeg", ".gif"].iter().any(|end| name.ends_with(end));
    named && picture && file.bytes.len() <= SIGNATURE
}

/// Words of those who speak of cases and submit none: the press, an authority that asks *us* for something, a
/// newsletter, who sells something. Without a form they are a coordinator's to answer.
const OTHERS: [&str; 42] = [
    // The press.
    "记者",
    "采访",
    "约稿",
    "专访",
    "编辑部",
    "本刊",
    // An authority.
    "请贵局",
    "请贵厅",
    "请贵单位",
    "请贵办",
    "贵局组织",
    "贵局协助",
    "请你局",
    "请各",
    "各有关单位",
    "各市州局",
    "特此函",
    "此函",
    "函告",
    "商请",
    "函请",
    "复函",
    // A newsletter.
    "退订",
    "订阅",
    "本期要闻",
    "unsubscribe",
    // Who sells something.
    "优惠",
    "报价",
    "套餐",
    "代写",
    "包过",
    "产品手册",
    "产品介绍",
    "服务介绍",
    "商务合作",
    "合作洽谈",
    "诚邀",
    "招商",
    "参展",
    "展位",
    "征订",
    "欢迎来电",
];
/// A periodical's name; in a text a unit may speak of one that wrote about it.
const PERIODICALS: [&str; 8] = ["简报", "周报", "月报", "周刊", "月刊", "电子报", "要闻", "newsletter"];

fn is_others_business(subject: &str, text: &str) -> bool {
    let (subject, text) = (subject.to_lowercase(), text.to_lowercase());
    OTHERS.iter().any(|word| subject.contains(word) || text.contains(word)) || PERIODICALS.iter().any(|word| subject.contains(word))
}

/// Whether something is to come later, rather than with this mail.
fn promises(text: &str) -> bool {
    ["尽快", "稍后", "随后", "下周", "明天", "过几天", "后再", "另行", "正在", "需要时间"].iter().any(|word| text.contains(word))
}

/// How the subject of a mail ends that tells many of something: a meeting, an issue of a newsletter.
const ANNOUNCED: [&str; 8] = ["会的通知", "会议的通知", "会议通知", "培训班的通知", "培训的通知", "培训通知", "邀请函", "参会回执"];

/// Whether it announces a meeting, or invites to one (RFC 5545): about cases perhaps, but none is submitted by it.
fn is_announcement(message: &Message) -> bool {
    let is_invitation = |media_type: &str| matches!(media_type, "text/calendar" | "application/ics");
    let subject = folded(&message.subject);
    let bare = subject.trim_end_matches(|c: char| !c.is_alphanumeric());
    message.attachments.iter().any(|file| is_invitation(&file.media_type) || file.name.to_ascii_lowercase().ends_with(".ics"))
        || ANNOUNCED.iter().any(|end| bare.ends_with(end))
}

/// Whether it calls an earlier mail back (撤回): a person decides what that means.
fn is_recall(message: &Message, words: &WordLists) -> bool {
    message.attachments.iter().all(|file| file.inline) && words.recall.begins(&message.subject)
}

/// “附件” in a mail without one: it was forgotten.
fn says_attached(text: &str) -> bool {
    ["附件", "见附", "随信", "现报送", "现将", "请查收", "请查阅", "请审阅"].iter().any(|word| text.contains(word))
}

/// Whether a link stands where files should (超大附件): an address of such a service, or its words with any
/// link, in what the sender wrote. Letters of ours mention 超大附件 without a link.
pub fn has_link(message: &Message, words: &WordLists) -> bool {
    let (text, html) = (quote::own_text(&message.text), quote::own_html(&message.html));
    let both = |words: &WordList| words.stands_in(html) || words.stands_in(&text);
    let any_link = || [html, text.as_str()].iter().any(|text| says_link(text));
    both(&words.link_addresses) || (both(&words.link_phrases) && any_link())
}

/// `https://`, in whatever width and case.
fn says_link(text: &str) -> bool {
    let text = folded(text);
    ["http://", "https://"].iter().any(|scheme| text.contains(scheme))
}

/// Whether it answers an earlier mail: by its header, its subject or a case number.
pub fn answers_earlier(message: &Message, mentions: &[String]) -> bool {
    !message.in_reply_to.is_empty() || !message.references.is_empty() || is_reply(&message.subject) || !mentions.is_empty()
}

fn is_reply(subject: &str) -> bool {
    let subject = folded(subject);
    ["re:", "re[", "aw:", "回复:", "答复:", "回覆:", "回:"].iter().any(|prefix| subject.starts_with(prefix))
}
