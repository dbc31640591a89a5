//! What people read for the keys that JSON and the database hold.

use crate::model::outcome::Outcome;
use crate::model::reading::WindowPlace;

/// A case's status.
pub fn status(key: &str) -> &str {
    of(STATUSES, key)
}

/// The state of a mail of ours.
pub fn state(key: &str) -> &str {
    of(STATES, key)
}

/// Whether a mail is still held.
pub fn held(key: &str) -> &str {
    of(HELD, key)
}

/// How a mail ended; none: it waits.
pub fn disposition(key: Option<&str>) -> &str {
    of(DISPOSITIONS, key.unwrap_or("received"))
}

/// What selection made of a case; empty where nothing was decided.
pub fn outcome(key: Option<&str>) -> &str {
    let known = |key| Outcome::parse(key).map_or(key, |outcome| outcome.label());
    key.map_or("", known)
}

/// What a mail of ours is.
pub fn reply(key: &str) -> &str {
    of(
        &[
            ("acknowledgement", "收件回执"),
            ("correction", "补正通知"),
            ("guidance", "报送说明"),
            ("late", "逾期告知"),
            ("digest", "周报"),
            ("summary", "汇总回执"),
            ("amendment", "更正"),
            ("reminder", "补正提醒"),
            ("returned", "退回告知"),
            ("answer", "答复"),
            ("referral", "推送函件"),
            ("selected", "入选通知"),
            ("not_selected", "评审结果告知"),
            ("none", "不答复"),
        ],
        key,
    )
}

/// What kind of mail it is.
pub fn kind(key: &str) -> &str {
    of(
        &[
            ("submission", "报送"),
            ("supplement", "补充"),
            ("inquiry", "来信"),
            ("auto_reply", "自动回复"),
            ("bounce", "退信"),
            ("read_receipt", "已读回执"),
            ("bulk", "群发"),
        ],
        key,
    )
}

/// How a case came.
pub fn channel(key: &str) -> &str {
    of(CHANNELS, key)
}

/// Whether the seal is there.
pub fn seal(key: &str) -> &str {
    of(SEALS, key)
}

/// 案例分类.
pub fn category(key: &str) -> &str {
    of(
        &[
            ("metrology", "计量"),
            ("standards", "标准"),
            ("inspection", "检验检测"),
            ("certification", "认证"),
            ("intellectual_property", "知识产权"),
            ("other", "其它"),
        ],
        key,
    )
}

/// 重点方面.
pub fn focus(key: &str) -> &str {
    of(
        &[
            ("technical_innovation", "技术创新"),
            ("national_strategy", "服务国家或区域战略"),
            ("industry_development", "促进产业发展"),
            ("quality_improvement", "助力质量提升"),
            ("small_business", "服务中小微企业"),
            ("trade", "促进内外贸发展"),
        ],
        key,
    )
}

/// What a file is taken for.
pub fn role(key: &str) -> &str {
    of(
        &[
            ("scan", "申报表扫描件"),
            ("evidence", "证明材料"),
            ("form_copy", "申报表副本"),
            ("case_text", "案例正文"),
            ("letter", "函件"),
            ("summary_table", "汇总表"),
            ("unreadable", "无法读取"),
        ],
        key,
    )
}

/// A region as tables show it: without 市, and the long names by their short ones.
pub fn region(key: Option<&str>) -> &str {
    match key {
        None => "未定",
        Some("province") => "省直",
        Some(name) if name.starts_with("恩施") => "恩施",
        Some(name) if name.starts_with("神农架") => "神农架",
        Some(name) => name.strip_suffix('市').unwrap_or(name),
    }
}

/// `2023年6月·上半年`; of a batch alone, its half.
pub fn window(month: Option<&str>, batch: Option<&str>, is_late: bool) -> String {
    if is_late {
        return "逾期".into();
    }
    let words: Vec<String> = month.map(self::month).into_iter().chain(batch.map(self::batch)).collect();
    words.join("·")
}

/// A place in words.
pub fn place(place: &WindowPlace) -> String {
    window(place.month.as_deref(), place.batch.as_deref(), place.late)
}

/// `2023-06` as 2023年6月.
pub fn month(key: &str) -> String {
    match key.split_once('-').map(|(year, month)| (year, month.trim_start_matches('0'))) {
        Some((year, month)) => format!("{year}年{month}月"),
        None => key.to_owned(),
    }
}

/// `2023-H1` as 上半年.
pub fn batch(key: &str) -> String {
    match key.rsplit_once('-').map(|(_, half)| half) {
        Some("H1") => "上半年".into(),
        Some("H2") => "下半年".into(),
        _ => key.to_owned(),
    }
}

/// A value as JSON holds it, in words: of lists each, of windows `2023-06 2023-H1`.
pub fn value(field: &str, value: &str) -> String {
    let each = |word: fn(&str) -> &str| value.split('、').map(word).collect::<Vec<_>>().join("、");
    match field {
        "categories" => each(category),
        "focus_areas" => each(focus),
        "channel" => channel(value).to_owned(),
        "seal" => seal(value).to_owned(),
        "region" => region(Some(value)).to_owned(),
        "status" => status(value).to_owned(),
        "window" | "month" | "batch" => value.split_whitespace().map(named_window).collect::<Vec<_>>().join("·"),
        _ => value.to_owned(),
    }
}

fn named_window(key: &str) -> String {
    match key.split_once('-') {
        Some((_, half)) if half.starts_with('H') => batch(key),
        Some((_, month)) if month.bytes().all(|byte| byte.is_ascii_digit()) => self::month(key),
        _ => key.to_owned(),
    }
}

/// A field of a case.
pub fn field(key: &str) -> &str {
    of(
        &[
            ("title", "案例题目"),
            ("unit", "报送单位"),
            ("joint_units", "联合单位"),
            ("region", "市州"),
            ("channel", "渠道"),
            ("categories", "案例分类"),
            ("category_other", "其它类别"),
            ("contact", "联系人及电话"),
            ("contact.name", "联系人"),
            ("contact.phones", "联系电话"),
            ("introduction", "案例介绍"),
            ("materials", "相关证明材料"),
            ("opinion", "报送单位意见"),
            ("seal", "公章"),
            ("focus_areas", "重点方面"),
            ("window", "征集窗口"),
            ("status", "状态"),
            ("handler", "承办人"),
            ("remark", "备注"),
            ("note", "备注"),
            ("hold", "依法保留"),
        ],
        key,
    )
}

/// By which clock a mail was judged.
pub fn clock(key: &str) -> &str {
    of(
        &[
            ("internaldate", "邮箱服务器的时刻"),
            ("received", "邮件头 Received 的时刻"),
            ("date", "发件人写的时刻"),
            ("file", "文件的时刻"),
            ("person", "人工登记的时刻"),
            ("", "未记录"),
        ],
        key,
    )
}

/// What the audit log is about: `case/JCZH-2023-0001` as 案例 JCZH-2023-0001.
pub fn subject(subject: &str) -> String {
    let (kind, id) = subject.split_once('/').unwrap_or((subject, ""));
    let word = match kind {
        "case" => "案例",
        "message" => "邮件",
        "outbox" => "回复",
        "alarm" => "警报",
        "backup" => "备份",
        "window" => "窗口",
        "campaign" => "征集活动",
        "export" => "导出",
        "overdue" => "超期案例",
        "roster" => "名册",
        "referral" => "推送",
        "review" => "评审",
        "notice" => "公示",
        "publication" => "公布",
        "privacy" => "到期清除",
        other => other,
    };
    format!("{word} {id}").trim_end().to_owned()
}

/// `2023-06-30 23:59`.
pub fn minute(instant: &str) -> String {
    instant.get(..16).unwrap_or_default().replace('T', " ")
}

/// `1.2 MB`, as people say sizes.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes >> 10),
        _ => format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// 是 or 否.
pub fn yes(is_so: bool) -> &'static str {
    if is_so { "是" } else { "否" }
}

/// Every key of a kind with its word.
pub type Words = &'static [(&'static str, &'static str)];

/// Statuses of cases.
pub const STATUSES: Words = &[
    ("accepted", "材料齐全"),
    ("needs_correction", "待补正"),
    ("late", "逾期"),
    ("possible_revision", "待并案"),
    ("returned", "退回"),
    ("withdrawn", "已撤回"),
    ("merged", "已并案"),
];
/// Ends of mails.
pub const DISPOSITIONS: Words = &[
    ("case", "立案"),
    ("revision", "新版本"),
    ("possible_revision", "待并案"),
    ("supplement", "补充"),
    ("duplicate", "重复"),
    ("guidance", "已告知如何报送"),
    ("inquiry", "待人工答复"),
    ("unanswered", "未答复的来信"),
    ("automatic", "自动邮件"),
    ("quarantined", "隔离"),
    ("skipped", "过早未处理"),
    ("received", "待处理"),
];
/// States of our mails.
pub const STATES: Words =
    &[("queued", "待发"), ("held", "暂缓"), ("sent", "已发"), ("dead", "未能送达"), ("cancelled", "已取消"), ("uncertain", "送达不明")];
/// States of what is held.
pub const HELD: Words = &[("open", "待处置"), ("dismissed", "已处置")];
/// Ways in which cases come.
pub const CHANNELS: Words = &[("direct", "直接报送"), ("local", "地方征集")];
/// Seals.
pub const SEALS: Words = &[("present", "疑似有章"), ("unverified", "待人工核查"), ("absent", "未见公章")];

fn of<'a>(words: &[(&str, &'a str)], key: &'a str) -> &'a str {
    words.iter().find(|(known, _)| *known == key).map_or(key, |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_regions_are_said_in_words() {
        assert_eq!(window(Some("2023-06"), Some("2023-H1"), false), "2023年6月·上半年");
        assert_eq!(window(Some("2023-12"), None, false), "2023年12月");
        assert_eq!(window(None, None, true), "逾期");
        assert_eq!(
            [Some("十堰市"), Some("恩施土家族苗族自治州"), Some("神农架林区"), Some("province"), None].map(region),
            ["十堰", "恩施", "神农架", "省直", "未定"]
        );
        assert_eq!([0, 1023, 2048, 1_572_864].map(size), ["0 B", "1023 B", "2 KB", "1.5 MB"]);
    }

    #[test]
    fn values_are_said_in_words() {
        for (field, key, word) in [
            ("categories", "metrology、standards", "计量、标准"),
            ("window", "2023-06 2023-H1", "2023年6月·上半年"),
            ("window", "逾期", "逾期"),
            ("seal", "absent", "未见公章"),
            ("title", "2023-06 2023-H1", "2023-06 2023-H1"),
        ] {
            assert_eq!(value(field, key), word);
        }
    }

    #[test]
    fn the_words_of_statuses_are_the_models() {
        use crate::model::reading::CaseStatus;
        assert!(STATUSES.iter().all(|(key, word)| CaseStatus::parse(key).is_some_and(|status| status.label() == *word)));
    }
}
