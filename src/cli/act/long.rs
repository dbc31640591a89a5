//! What a person writes for 案例介绍 and 报送单位意见: lines, given in the command or from a file (`@介绍.txt`), read by the
//! same rules as in a form.

use crate::cli::Failure;
use crate::cli::failure::because;
use crate::cli::output::visible;
use crate::intake::form::located::{Line, Place};
use crate::intake::form::wording::Wording;
use crate::intake::form::{introduction, opinion};
use crate::model::campaign::Campaign;
use crate::model::document::{Inline, Text};
use crate::model::ruling::{Field, LIMIT};
use serde_json::{Value, json};
use std::io::Read;

/// The largest file that is read.
const MOST: u64 = 256 << 10;

/// Whether a field has lines.
pub fn has_lines(field: Field) -> bool {
    matches!(field, Field::Introduction | Field::Opinion)
}

/// The value of such a field.
pub fn parse(field: Field, given: &str, campaign: &Campaign) -> Result<Value, Failure> {
    let text = lines(given)?;
    let wording = Wording::new(&campaign.form);
    let value = match field {
        Field::Introduction => introduction_of(&text, &wording, campaign),
        _ => opinion_of(&text, &wording),
    };
    value.ok_or_else(|| Failure::usage(format!("“{}”没有写内容；恢复为申报表所写请用 --as-read {}", field.label(), field.label())))
}

fn introduction_of(text: &str, wording: &Wording, campaign: &Campaign) -> Option<Value> {
    let read = introduction::read(text, wording).introduction;
    read.text.as_ref()?;
    let limit = &campaign.form.introduction_words;
    let is_long = read.words > limit.limit.saturating_add(limit.tolerance);
    let mut value = json!(read);
    if let Some(parts) = value.as_object_mut().filter(|_| is_long) {
        parts.insert(LIMIT.to_owned(), json!(limit.limit));
    }
    Some(value)
}

fn opinion_of(text: &str, wording: &Wording) -> Option<Value> {
    let line =
        |text: &str| Line { inlines: vec![Inline::Text(Text { text: text.to_owned(), ..Text::default() })], place: Place::default() };
    let read = opinion::read(&text.lines().map(line).collect::<Vec<_>>(), wording);
    (read.text.is_some() || read.date.is_some()).then(|| json!(read))
}

/// The words themselves, or those of a file behind `@`.
fn lines(given: &str) -> Result<String, Failure> {
    let Some(path) = given.strip_prefix(['@', '＠']) else { return Ok(given.to_owned()) };
    let fault = |why: &dyn std::fmt::Display| Failure::failed(format!("{} 无法读取：{why}", visible(path)));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| fault(&because(&error)))?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| fault(&because(&error)))?;
    if bytes.len() as u64 > MOST {
        return Err(fault(&"文件过大，请只写这一栏的文字"));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault(&"不是 UTF-8 文本文件，请另存为 UTF-8 的 .txt"))?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign() -> Campaign {
        crate::config::CampaignFile::builtin().expect("the campaign that is shipped").campaign
    }

    #[test]
    fn it_is_read_as_in_a_form() {
        let text = "一、背景和意义\n产业升级。\n二、主要做法和创新点\n建立标准。\n三、工作成效\n服务企业30家。";
        let value = parse(Field::Introduction, text, &campaign()).unwrap();
        assert_eq!((value["background"].as_str(), value["results"].as_str()), (Some("产业升级。"), Some("服务企业30家。")));
        assert!(value["words"].as_u64().unwrap() < 30 && value.get(LIMIT).is_none());
        let long = parse(Field::Introduction, &"字".repeat(1600), &campaign()).unwrap();
        assert_eq!((long["words"].as_u64(), long[LIMIT].as_u64()), (Some(1600), Some(1500)));
        let opinion = parse(Field::Opinion, "同意推荐。\n2023年5月23日", &campaign()).unwrap();
        assert_eq!((opinion["text"].as_str(), opinion["date"].as_str()), (Some("同意推荐。"), Some("2023-05-23")));
        for nothing in ["", "……", "无"] {
            assert_eq!(parse(Field::Introduction, nothing, &campaign()).unwrap_err().code, 2, "{nothing}");
        }
    }

    #[test]
    fn a_file_is_read_behind_its_sign_and_must_be_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("介绍.txt");
        std::fs::write(&path, "\u{feff}我院建立标准。\r\n服务企业。").unwrap();
        let given = format!("@{}", path.display());
        assert_eq!(parse(Field::Introduction, &given, &campaign()).unwrap()["text"], "我院建立标准。\n服务企业。");
        std::fs::write(&path, [0xc4, 0xe3, 0xff]).unwrap();
        assert!(parse(Field::Introduction, &given, &campaign()).unwrap_err().message.contains("UTF-8"));
        std::fs::write(&path, vec![b'a'; 300 << 10]).unwrap();
        assert!(parse(Field::Introduction, &given, &campaign()).unwrap_err().message.contains("过大"));
        assert!(parse(Field::Introduction, "@nirgends.txt", &campaign()).unwrap_err().message.contains("无法读取"));
    }
}
