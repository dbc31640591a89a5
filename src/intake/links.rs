//! Links that stand where files should (超大附件, 云附件, 网盘): which files, how large, and until when.
//!
//! Mailers tell it in words beside the link, each in its own: `材料.zip (212.4M, 2023年7月30日 15:00 到期)`. Only
//! what the sender wrote counts. Nothing is ever fetched.

use crate::intake::message::html;
use crate::intake::word_lists::WordLists;
use crate::intake::{quote, screen, text};
use crate::model::message::Message;
use regex::Regex;
use std::sync::LazyLock;

/// Files that are told.
const FILES: usize = 20;
/// How far behind a name its size and expiry may stand, in characters.
const BEHIND: usize = 160;

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"https?://[^\s<>"'，。）)】]+"#).ok());
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)([^\s<>|"“”*?:：/\\][^\n\t<>|"“”*?:：/\\]{0,120}?\.(?:zip|rar|7z|tar|t?gz|docx?|wps|rtf|pdf|ofd|xlsx?|et|pptx?|dps|jpe?g|png|bmp|gif|tiff?|heic|mp4|mov|avi|wmv|mp3|iso|psd|cdr|txt))(?:[^a-z0-9]|$)"#,
    )
    .ok()
});
static SIZE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(\d+(?:\.\d+)?)\s*([KMG])i?B?(?:[^a-z0-9]|$)").ok());
static DATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(20\d\d)\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})\s*日?(?:\s*(\d{1,2}):(\d\d))?").ok());
static DAYS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\d{1,3})\s*天(?:后|内|之后)?(?:将)?(?:过期|到期|失效|有效)|有效期(?:为)?[:：]?\s*(\d{1,3})\s*天").ok());

/// Words beside a date by which it is an expiry.
const EXPIRY: [&str; 8] = ["到期", "过期", "有效期", "失效", "截止", "有效至", "前下载", "expire"];
/// Words beside a link that never expires.
const FOR_EVER: [&str; 3] = ["无限期", "永久有效", "长期有效"];
/// What mailers write before a name in the same line.
const BEFORE_NAME: [&str; 9] = ["超大附件", "云附件", "中转站附件", "中转站文件", "网盘文件", "附件", "文件", "下载", "分享"];

/// Services by a part of their addresses.
const SERVICES: [(&str, &str); 27] = [
    ("exmail.qq.com", "腾讯企业邮箱超大附件"),
    ("docs.qq.com", "腾讯文档"),
    ("doc.weixin.qq.com", "企业微信文档"),
    ("drive.weixin.qq.com", "企业微信微盘"),
    ("weiyun.com", "微云"),
    ("ftn.qq.com", "QQ邮箱超大附件"),
    ("mail.qq.com", "QQ邮箱超大附件"),
    ("foxmail.com", "Foxmail超大附件"),
    ("163.com", "网易邮箱云附件"),
    ("126.com", "网易邮箱云附件"),
    ("yeah.net", "网易邮箱云附件"),
    ("139.com", "139邮箱超大附件"),
    ("189.cn", "天翼云盘"),
    ("sina.com", "新浪邮箱超大附件"),
    ("alimail", "阿里邮箱超大附件"),
    ("pan.baidu.com", "百度网盘"),
    ("yun.baidu.com", "百度网盘"),
    ("quark.cn", "夸克网盘"),
    ("alipan.com", "阿里云盘"),
    ("aliyundrive.com", "阿里云盘"),
    ("xunlei.com", "迅雷云盘"),
    ("123pan.com", "123云盘"),
    ("jianguoyun.com", "坚果云"),
    ("lanzou", "蓝奏云"),
    ("kdocs.cn", "金山文档"),
    ("feishu.cn", "飞书文档"),
    ("wenshushu.cn", "文叔叔"),
];

/// A file that was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its name.
    pub name: String,
    /// Its size, as told: `212.4M`.
    pub size: Option<String>,
    /// Until when it can be fetched, in words: `2023年7月30日15:00到期`.
    pub expiry: Option<String>,
}

/// Everything that was linked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The files that are named.
    pub files: Vec<Linked>,
    /// The services, by what people call them.
    pub services: Vec<&'static str>,
    /// An expiry where no file is named.
    pub expiry: Option<String>,
}

/// The links of a mail that stand for files; none where there is no such link.
pub fn find(message: &Message, words: &WordLists) -> Option<Links> {
    if !screen::has_link(message, words) {
        return None;
    }
    let own_html = quote::own_html(&message.html);
    let (plain, shown) = (quote::own_text(&message.text), html::to_text(own_html));
    let mut links = Links::default();
    for source in [plain.as_str(), shown.as_str()] {
        for file in files(source) {
            let attached = message.attachments.iter().any(|attachment| attachment.name == file.name);
            let room = links.files.len() < FILES;
            match links.files.iter_mut().find(|known| known.name == file.name) {
                Some(known) => {
                    known.size = known.size.take().or(file.size);
                    known.expiry = known.expiry.take().or(file.expiry);
                }
                None if !attached && room => links.files.push(file),
                None => {}
            }
        }
        if links.files.is_empty() {
            links.expiry = links.expiry.or_else(|| expiry(source));
        }
    }
    let addresses = format!("{plain}\n{own_html}").to_ascii_lowercase();
    for (address, service) in SERVICES {
        let closer = service == "QQ邮箱超大附件" && addresses.contains("exmail.qq.com");
        if addresses.contains(address) && !closer && !links.services.contains(&service) {
            links.services.push(service);
        }
    }
    Some(links)
}

/// The links of a mail that this one holds (转发).
pub fn find_enclosed(message: &Message, words: &WordLists) -> Option<Links> {
    let alone = |text: &String, html: &String| Message { text: text.clone(), html: html.clone(), ..Message::default() };
    message.enclosed.iter().find_map(|mail| find(&alone(&mail.text, &mail.html), words))
}

/// `“申报材料.zip”（212.4M，2023年7月30日15:00到期）是QQ邮箱超大附件链接，未收到文件本身`.
pub fn told(links: &Links) -> String {
    let service = if links.services.is_empty() { "超大附件或网盘".to_owned() } else { links.services.join("、") };
    let bracketed = |facts: Vec<&str>| if facts.is_empty() { String::new() } else { format!("（{}）", facts.join("，")) };
    if links.files.is_empty() {
        let until = bracketed(links.expiry.as_deref().into_iter().collect());
        return format!("邮件中的材料是{service}链接{until}，未收到文件本身");
    }
    let files = links.files.iter().map(|file| {
        let facts = [file.size.as_deref(), file.expiry.as_deref()].into_iter().flatten().collect();
        format!("“{}”{}", file.name, bracketed(facts))
    });
    format!("{}是{service}链接，未收到文件本身", files.collect::<Vec<_>>().join("、"))
}

/// The files that a text names, each with what stands behind it before the next.
fn files(source: &str) -> Vec<Linked> {
    let (Some(address), Some(pattern)) = (ADDRESS.as_ref(), NAME.as_ref()) else { return Vec::new() };
    let source = source.get(..source.floor_char_boundary(64 << 10)).unwrap_or_default();
    let bare = address.replace_all(source, " ");
    let found: Vec<_> = pattern.captures_iter(&bare).take(FILES * 4).filter_map(|captures| captures.get(1)).collect();
    let ends = found.iter().skip(1).map(|next| next.start()).chain(std::iter::once(bare.len()));
    let mut files: Vec<Linked> = Vec::new();
    for (name, end) in found.iter().zip(ends) {
        let behind: String = bare.get(name.end()..end).unwrap_or_default().chars().take(BEHIND).collect();
        let own = own_name(name.as_str());
        if !own.is_empty() {
            files.push(Linked { name: own.to_owned(), size: size(&behind), expiry: expiry(&behind) });
        }
    }
    files
}

/// A name without what the mailer wrote before it.
fn own_name(text: &str) -> &str {
    let after = BEFORE_NAME.iter().filter_map(|word| Some(text.rfind(&format!("{word} "))? + word.len())).max();
    let name = text.get(after.unwrap_or_default()..).unwrap_or_default();
    let numbered = name.trim_start_matches([' ', '\u{3000}', '•', '·', '-', '*', '【', '[', '《']);
    let digits = numbered.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.strip_prefix(". ").or_else(|| digits.strip_prefix('、')) {
        Some(rest) if digits.len() < numbered.len() => rest.trim_start(),
        _ => numbered,
    }
}

fn size(text: &str) -> Option<String> {
    let found = SIZE.as_ref()?.captures(text)?;
    Some(format!("{}{}", found.get(1)?.as_str(), found.get(2)?.as_str().to_ascii_uppercase()))
}

/// An expiry in words, where the text tells one.
fn expiry(text: &str) -> Option<String> {
    let narrow = text::narrowed(text);
    if FOR_EVER.iter().any(|word| narrow.contains(word)) {
        return Some("无到期时间".to_owned());
    }
    if let Some(days) = DAYS.as_ref().and_then(|days| days.captures(&narrow)) {
        let days = days.get(1).or(days.get(2))?.as_str();
        return Some(format!("有效期{days}天"));
    }
    if !EXPIRY.iter().any(|word| narrow.contains(word)) {
        return None;
    }
    let date = DATE.as_ref()?.captures(&narrow)?;
    let number = |at: usize| date.get(at).and_then(|found| found.as_str().parse::<u32>().ok());
    let (year, month, day) = (number(1)?, number(2)?, number(3)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let time = match (number(4), date.get(5)) {
        (Some(hour), Some(minute)) => format!("{hour:02}:{}", minute.as_str()),
        _ => String::new(),
    };
    Some(format!("{year}年{month}月{day}日{time}到期"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(source: &str) -> Vec<(String, Option<String>, Option<String>)> {
        files(source).into_iter().map(|file| (file.name, file.size, file.expiry)).collect()
    }

    fn one(name: &str, size: &str, expiry: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        vec![(name.to_owned(), some(size), some(expiry))]
    }

    #[test]
    fn files_are_told_as_mailers_write_them() {
        for (source, name, size, expiry) in [
            (
                "从QQ邮箱发来的超大附件\n\n申报材料.zip (212.4M, 2023年7月30日 15:00 到期)进入下载页面：https://mail.qq.com/cgi-bin/ftnExs_download?k=1&t=exs.zip",
                "申报材料.zip",
                "212.4M",
                "2023年7月30日15:00到期",
            ),
            (
                "从QQ邮箱发来的超大附件 材料（终稿）.rar (1.2G, 2023年07月30日 9:05 到期)",
                "材料（终稿）.rar",
                "1.2G",
                "2023年7月30日09:05到期",
            ),
            ("从网易163邮箱发来的云附件\n荆门 案例.7z\n98.61MB\n2023-7-30到期\n下载", "荆门 案例.7z", "98.61M", "2023年7月30日到期"),
            ("文件名：视频.mp4\n大小：350 MB\n有效期：15天", "视频.mp4", "350M", "有效期15天"),
            ("通过网盘分享的文件：申报材料.zip\n链接: https://pan.baidu.com/s/1abc?pwd=1234 提取码: 1234", "申报材料.zip", "", ""),
            ("附件：1、申报表.docx（23KB，无限期）", "申报表.docx", "23K", "无到期时间"),
            ("材料.zip\n2.1GB | 有效至 2023/08/01 23:59", "材料.zip", "2.1G", "2023年8月1日23:59到期"),
        ] {
            assert_eq!(linked(source), one(name, size, expiry), "{source}");
        }
    }

    #[test]
    fn a_date_alone_is_no_expiry() {
        assert_eq!(linked("2023年6月1日 申报材料.zip（12M）"), one("2023年6月1日 申报材料.zip", "12M", ""));
        assert_eq!(expiry("2023年13月1日到期"), None);
    }

    #[test]
    fn what_is_told_names_everything() {
        let file = Linked { name: "a.zip".into(), size: Some("2M".into()), expiry: Some("2023年7月1日到期".into()) };
        let links = Links { files: vec![file], services: vec!["百度网盘"], expiry: None };
        assert_eq!(told(&links), "“a.zip”（2M，2023年7月1日到期）是百度网盘链接，未收到文件本身");
        assert_eq!(told(&Links::default()), "邮件中的材料是超大附件或网盘链接，未收到文件本身");
    }
}
