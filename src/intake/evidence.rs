//! What each file besides the form is taken for, and whether it could carry the seal.

use crate::intake::screen::{contains_any, first_of};
use crate::intake::unpack::{File, FileType};
use crate::model::campaign::Words;
use crate::model::document::Format;
use crate::model::reading::{Evidence, EvidenceKind, Role};
use regex::Regex;
use std::sync::LazyLock;

/// Names that a camera, a phone or a scanner gives.
static CAMERA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(img|dsc|dscn|dscf|p|pic|photo|scan|scanned|image|mmexport|wx_camera|screenshot|camscanner|doc|微信图片|扫描|扫描全能王|新建|未命名|图片|qq图片|wechat)?[\s_-]*[\d\s_.()（）-]*$").ok()
});

/// Guesses a file's role by its name and type: a summary before a letter before a form; of evidence and
/// scan the word that stands first decides (获奖证书扫描件 is evidence, 盖章照片 is a scan).
pub fn role(file: &File, words: &Words) -> Role {
    let name = file.name.as_str();
    let picture_or_pdf = matches!(file.file_type, FileType::Image(_) | FileType::Document(Format::Pdf | Format::Ofd));
    match () {
        () if contains_any(name, &words.summary_names) => Role::SummaryTable,
        () if contains_any(name, &words.letter_names) => Role::Letter,
        () if picture_or_pdf && names_scan(name, words) => Role::Scan,
        () if contains_any(name, &words.evidence_names) => Role::Evidence,
        () if matches!(file.file_type, FileType::Image(_)) && is_camera_name(name) && !lies_among_evidence(file, words) => Role::Scan,
        () => Role::Evidence,
    }
}

fn names_scan(name: &str, words: &Words) -> bool {
    let scan = [first_of(name, &words.scan_names), first_of(name, &words.form_names)].into_iter().flatten().min();
    match (scan, first_of(name, &words.evidence_names)) {
        (Some(scan), Some(evidence)) => scan <= evidence,
        (scan, None) => scan.is_some(),
        (None, Some(_)) => false,
    }
}

/// Whether the file could carry the unit's seal (design rule 5): a scan by its name, or an unnamed or
/// camera-named picture. Photographs, logos, letters, certificates, reports and tables do not count.
pub fn could_carry_seal(role: Role) -> bool {
    match role {
        Role::Scan => true,
        Role::Evidence | Role::FormCopy | Role::CaseText | Role::Letter | Role::SummaryTable | Role::Unreadable => false,
    }
}

/// `证明材料/1.jpg`: the folder tells what the name doesn't.
fn lies_among_evidence(file: &File, words: &Words) -> bool {
    let folder = file.path.rsplit('/').nth(1).unwrap_or_default();
    contains_any(folder, &words.evidence_names) && !names_scan(folder, words)
}

fn is_camera_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    CAMERA.as_ref().is_some_and(|camera| camera.is_match(stem))
}

/// The record of a file, with what its name and the beginning of its text say that it is.
pub fn record(file: &File, role: Role, text: &str) -> Evidence {
    Evidence {
        name: file.path.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
        sha256: file.sha256.clone(),
        role,
        kind: kind(file, role, text),
    }
}

/// Words of a name, else of a text's beginning, and what they tell. The first that is met decides.
const KINDS: [(EvidenceKind, &[&str]); 9] = [
    (EvidenceKind::Award, &["获奖", "奖状", "奖牌", "奖杯", "奖项", "荣誉", "表彰", "锦旗", "感谢信", "表扬信", "授予"]),
    (EvidenceKind::Media, &["媒体", "报道", "新闻", "公众号", "推文", "宣传", "截图", "日报", "电视台"]),
    (EvidenceKind::Photo, &["照片", "相片", "合影", "合照", "现场"]),
    (EvidenceKind::Property, &["专利", "著作权", "软著", "商标注册", "地理标志"]),
    (EvidenceKind::Certificate, &["证书", "资质", "资格", "执照", "许可证", "认定", "授权"]),
    (EvidenceKind::Contract, &["合同", "协议", "委托书"]),
    (EvidenceKind::Table, &["台账", "清单", "名单", "统计", "数据", "一览表", "明细"]),
    (EvidenceKind::Standard, &["标准文本", "发布稿", "报批稿", "地方标准", "团体标准", "国家标准"]),
    (EvidenceKind::Report, &["报告", "论文", "总结", "研究成果", "纪要", "鉴定", "验收", "查新"]),
];

/// What a piece of evidence is; none for what is no evidence, and where nothing tells.
fn kind(file: &File, role: Role, text: &str) -> Option<EvidenceKind> {
    if role != Role::Evidence {
        return None;
    }
    let beginning: String = text.chars().take(200).collect();
    let told = |text: &str| {
        let first = |words: &[&str]| words.iter().filter_map(|word| text.find(word)).min();
        let hits = KINDS.iter().filter_map(|(kind, words)| Some((first(words)?, *kind)));
        hits.min_by_key(|(at, _)| *at).map(|(_, kind)| kind)
    };
    let by_type = match file.file_type {
        FileType::Document(Format::Xlsx | Format::Xls) => Some(EvidenceKind::Table),
        _ => None,
    };
    told(&file.name).or(by_type).or_else(|| told(&beginning))
}
