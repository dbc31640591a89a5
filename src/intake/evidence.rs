//! What each file besides the form is taken for, and whether it could carry the seal.

use crate::intake::text;
use crate::intake::unpack::{File, FileType};
use crate::intake::word_lists::WordLists;
use crate::model::document::Format;
use crate::model::reading::{Evidence, EvidenceKind, Role};
use regex::Regex;
use std::sync::LazyLock;

/// What office scanners begin their names with.
const SCANNERS: [&str; 6] = ["hp", "ccf", "skm_c", "km_c", "epson", "xerox"];

/// Names that a camera, a phone or a scanner gives.
static CAMERA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(img|dsc|dscn|dscf|p|pic|photo|scan|scanned|image|mmexport|wx_camera|screenshot|camscanner|doc|微信图片|扫描|扫描全能王|新文档|新建|未命名|图片|qq图片|wechat)?[\s_-]*[\d\s_.()（）-]*(_com\.tencent\.\w+)?[\d\s_.()（）-]*$").ok()
});

/// The same behind somebody's name: `某市计量所IMG_20230612_093311.jpg`, `2.某中心-微信图片_20230611102455.jpg`.
static CAMERA_BEHIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[一-龥()（）\s_-](img|dsc|dscn|dscf|doc|scan|mmexport|wx_camera|screenshot|camscanner|微信图片|扫描全能王|qq图片|wechatimg)[\s_-]*\d{3}[\d\s_.()（）-]*$").ok()
});

/// Guesses a file's role by its name and type: a summary before a letter before a form; of evidence and
/// scan the word that stands first decides (获奖证书扫描件 is evidence, 盖章照片 is a scan).
pub fn role(file: &File, words: &WordLists) -> Role {
    let name = file.name.as_str();
    match () {
        () if words.summary_names.stands_in(name) => Role::SummaryTable,
        () if words.letter_names.stands_in(name) => Role::Letter,
        () if shows_pages(file) && names_scan(name, words) => Role::Scan,
        () if words.evidence_names.stands_in(name) => Role::Evidence,
        () if matches!(file.file_type, FileType::Image(_)) && is_named_by_a_camera(file, words) => Role::Scan,
        () => Role::Evidence,
    }
}

/// Whether the name of a document of nothing but pictures says that they are a scan, and no evidence: 盖章页.docx.
pub fn is_scan_by_name(file: &File, words: &WordLists) -> bool {
    let named = names_scan(&file.name, words) && !words.evidence_names.stands_in(&file.name);
    named || is_named_by_a_camera(file, words)
}

/// Whether a name says that the unit stamped what is in the file, rather than that it may have (意见, 推荐表): for files that
/// aren't pages by their type.
fn names_stamped_page(name: &str, words: &WordLists) -> bool {
    let says = |list: &[&str]| list.iter().any(|word| name.contains(word));
    let stamped = says(&["盖章", "签章", "公章", "签字页"]) || (says(&["扫描"]) && !says(&["附件"]));
    stamped && !words.evidence_names.stands_in(name)
}

/// Sound, films and programs: they have no pages.
fn may_have_pages(name: &str) -> bool {
    const NONE: [&str; 13] = [".mp4", ".avi", ".mov", ".wmv", ".flv", ".mkv", ".mp3", ".wav", ".m4a", ".wma", ".amr", ".apk", ".exe"];
    let name = name.to_ascii_lowercase();
    !NONE.iter().any(|end| name.ends_with(end))
}

/// What is left of a file's name and its folder's once the names of units and cases are taken out of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// Of the file's name, without its extension.
    pub name: String,
    /// Of its folder's.
    pub folder: String,
}

/// Whether what was taken for evidence is a scan by what is left of its name: 某大数据公司扫描件, where 数据 is the
/// unit's own word.
pub fn is_scan_after_all(file: &File, bare: &Bare, words: &WordLists) -> bool {
    let camera =
        || matches!(file.file_type, FileType::Image(_)) && is_camera_name(&file.name) && !words.evidence_names.stands_in(&bare.folder);
    // 盖章扫描件/某某所.jpg: what the folder says of a file that only the unit names.
    let within = || {
        let nameless = !bare.name.chars().any(char::is_alphabetic);
        nameless && names_scan(&bare.folder, words) && !words.evidence_names.stands_in(&bare.folder)
    };
    shows_pages(file) && (names_scan(&bare.name, words) || camera() || within())
}

fn shows_pages(file: &File) -> bool {
    matches!(file.file_type, FileType::Image(_) | FileType::Document(Format::Pdf | Format::Ofd))
}

fn names_scan(name: &str, words: &WordLists) -> bool {
    let scan = [words.scan_names.first_in(name), words.form_names.first_in(name)].into_iter().flatten().min();
    match (scan, words.evidence_names.first_in(name)) {
        (Some(scan), Some(evidence)) => scan <= evidence,
        (scan, None) => scan.is_some(),
        (None, Some(_)) => false,
    }
}

/// Whether a file could carry the unit's seal (design rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Its name says so: form, 盖章, 扫描, 意见.
    Named,
    /// It has no name, or a camera's: a picture of a page could, a photograph couldn't.
    Perhaps,
    /// A document with a bare number for a name, or a scanner's, as people number and scan what they enclose; or a page whose
    /// folder holds forms and evidence (申报表及证明材料).
    Numbered,
    /// Its name tells nothing at all: what bears a stamp there may be the form's page, or anybody's paper.
    Unnamed,
    /// Photographs, logos, letters, certificates, reports and tables.
    No,
}

/// Tells by what a file is taken for, by name and type; what the picture shows is another matter.
pub fn carrier(file: &File, role: Role, words: &WordLists) -> Carrier {
    match role {
        Role::Scan | Role::Evidence if is_numbered_document(file) || is_told_by_a_mixed_folder(file, words) => Carrier::Numbered,
        Role::Scan if scans_evidence(&file.name, words) => Carrier::Unnamed,
        Role::Scan if is_camera_name(&file.name) && !names_scan(&file.name, words) => Carrier::Perhaps,
        // 推荐表.docx, of pictures.
        Role::Scan if !shows_pages(file) && !names_stamped_page(&file.name, words) => Carrier::Unnamed,
        Role::Scan => Carrier::Named,
        Role::Evidence if shows_pages(file) && is_named_by_a_camera(file, words) => Carrier::Perhaps,
        // 证书/1.jpg
        Role::Evidence if shows_pages(file) && is_camera_name(&file.name) => Carrier::Unnamed,
        // 盖章页.ceb: of a format that isn't read.
        Role::Evidence if file.file_type == FileType::Other && names_stamped_page(&file.name, words) && may_have_pages(&file.name) => {
            Carrier::Named
        }
        Role::Evidence if shows_pages(file) && !names_evidence(file, words) => Carrier::Unnamed,
        Role::Evidence | Role::FormCopy | Role::CaseText | Role::Letter | Role::SummaryTable | Role::Unreadable => Carrier::No,
    }
}

/// The name of the folder that a file lies in; empty where it lies in none.
fn folder(file: &File) -> &str {
    file.path.rsplit('/').nth(1).unwrap_or_default()
}

fn names_evidence(file: &File, words: &WordLists) -> bool {
    [file.name.as_str(), folder(file)].iter().any(|name| words.evidence_names.stands_in(name))
}

/// `证明材料/1.jpg`: the folder tells what the name doesn't.
fn lies_among_evidence(file: &File, words: &WordLists) -> bool {
    words.evidence_names.stands_in(folder(file)) && !names_scan(folder(file), words)
}

/// `申报表及证明材料/某某所.jpg`: the folder holds forms and evidence, and the name tells neither.
fn is_told_by_a_mixed_folder(file: &File, words: &WordLists) -> bool {
    let mixed = names_scan(folder(file), words) && words.evidence_names.stands_in(folder(file));
    mixed && shows_pages(file) && !names_scan(&file.name, words) && !words.evidence_names.stands_in(&file.name)
}

/// `扫描件（营业执照）`: what was scanned stands behind.
fn scans_evidence(name: &str, words: &WordLists) -> bool {
    let scanned = name.split_once("扫描").filter(|(before, _)| !names_scan(before, words));
    scanned.is_some_and(|(_, scanned)| words.evidence_names.stands_in(scanned) && !names_scan(scanned, words))
}

/// Whether a camera, a phone or a scanner named the file, and it lies in no folder of evidence.
pub fn is_named_by_a_camera(file: &File, words: &WordLists) -> bool {
    is_camera_name(&file.name) && !lies_among_evidence(file, words)
}

/// `1.pdf`, `20230612.pdf`, `SKM_C22723061510150.pdf`. Photographs are numbered by what took them, documents by anybody.
fn is_numbered_document(file: &File) -> bool {
    let bare = without_scanner(text::stem(&file.name))
        .chars()
        .all(|c| c.is_whitespace() || c.is_numeric() || matches!(c, '_' | '.' | '-' | '(' | ')' | '（' | '）'));
    bare && matches!(file.file_type, FileType::Document(Format::Pdf | Format::Ofd))
}

/// Without the letters that a scanner begins its names with.
fn without_scanner(stem: &str) -> &str {
    let starts = |letters: &&&str| stem.get(..letters.len()).is_some_and(|head| head.eq_ignore_ascii_case(letters));
    SCANNERS.iter().find(starts).and_then(|letters| stem.get(letters.len()..)).unwrap_or(stem)
}

fn is_camera_name(name: &str) -> bool {
    let stem = without_scanner(text::stem(name));
    [&CAMERA, &CAMERA_BEHIND].into_iter().any(|names| names.as_ref().is_some_and(|camera| camera.is_match(stem)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;

    fn words() -> WordLists {
        WordLists::new(&CampaignFile::builtin().unwrap().campaign.words)
    }

    fn file(path: &str, file_type: FileType) -> File {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        File {
            name,
            path: path.to_owned(),
            forwarded: false,
            file_type,
            media_type: String::new(),
            sha256: String::new(),
            bytes: Vec::new(),
        }
    }

    #[test]
    fn a_numbered_document_may_be_anybodys_paper() {
        let words = words();
        let carried = |name: &str, file_type: FileType, role: Role| carrier(&file(name, file_type), role, &words);
        let pdf = FileType::Document(Format::Pdf);
        for name in ["1.pdf", "20230612.pdf", "2023-06-12 (1).pdf", "（2）.pdf"] {
            assert_eq!(carried(name, pdf, Role::Scan), Carrier::Numbered, "{name}");
            assert_eq!(carried(name, pdf, Role::Evidence), Carrier::Numbered, "{name}");
        }
        for name in ["IMG_20230612_093311.pdf", "DOC20230611-0001.pdf"] {
            assert_eq!(carried(name, pdf, Role::Scan), Carrier::Perhaps, "{name}");
        }
        assert_eq!(carried("1.jpg", FileType::Image("image/jpeg"), Role::Scan), Carrier::Perhaps);
        assert_eq!(carried("SKM_C22723061510150.pdf", pdf, Role::Scan), Carrier::Numbered);
    }

    #[test]
    fn what_lies_among_evidence_is_not_taken_for_the_form() {
        let words = words();
        let picture = |path: &str| file(path, FileType::Image("image/jpeg"));
        for (path, role, expected) in [
            ("证书/1.jpg", Role::Evidence, Carrier::Unnamed),
            ("证书/某所.jpg", Role::Evidence, Carrier::No),
            ("申报表及证明材料/1.jpg", Role::Scan, Carrier::Numbered),
            ("申报表及证明材料/某所.jpg", Role::Evidence, Carrier::Numbered),
            ("扫描件（营业执照）/某所.jpg", Role::Evidence, Carrier::Numbered),
            ("申报表及证明材料/盖章件.jpg", Role::Scan, Carrier::Named),
            ("申报表及证明材料/证书.jpg", Role::Evidence, Carrier::No),
            ("扫描件（营业执照）.jpg", Role::Scan, Carrier::Unnamed),
            ("申报表扫描件（大数据）.jpg", Role::Scan, Carrier::Named),
            ("扫描件.jpg", Role::Scan, Carrier::Named),
        ] {
            assert_eq!(carrier(&picture(path), role, &words), expected, "{path}");
        }
        for (folder, expected) in [("盖章扫描件", true), ("扫描件(营业执照)", false), ("申报表及证明材料", false)] {
            let bare = Bare { name: String::new(), folder: folder.to_owned() };
            assert_eq!(is_scan_after_all(&picture("某所.jpg"), &bare, &words), expected, "{folder}");
        }
    }

    #[test]
    fn a_stamped_page_is_called_one() {
        let words = words();
        let docx = FileType::Document(Format::Docx);
        for (name, expected) in [
            ("盖章页.docx", Some(Carrier::Named)),
            ("扫描件.docx", Some(Carrier::Named)),
            ("IMG_20230601_101010.docx", Some(Carrier::Perhaps)),
            ("推荐表.docx", Some(Carrier::Unnamed)),
            ("客户满意意见.docx", Some(Carrier::Unnamed)),
            ("附件扫描.docx", Some(Carrier::Unnamed)),
            ("案例申报佐证.docx", None),
            ("客户意见反馈照片.docx", None),
        ] {
            let file = file(name, docx);
            assert_eq!(is_scan_by_name(&file, &words).then(|| carrier(&file, Role::Scan, &words)), expected, "{name}");
        }
        for (name, expected) in [
            ("盖章页.ceb", Carrier::Named),
            ("申报表扫描件.ceb", Carrier::Named),
            ("案例申报视频.mp4", Carrier::No),
            ("盖章过程.mp4", Carrier::No),
            ("申报表.txt.bak", Carrier::No),
            ("扫描全能王安装包.apk", Carrier::No),
            ("群众意见录音.mp3", Carrier::No),
            ("意见箱.psd", Carrier::No),
        ] {
            assert_eq!(carrier(&file(name, FileType::Other), Role::Evidence, &words), expected, "{name}");
        }
    }

    #[test]
    fn a_cameras_name_may_stand_behind_somebodys() {
        for name in [
            "IMG_20230612_093311.jpg",
            "某市计量所IMG_20230612_093311.jpg",
            "2.某市公共检验检测中心-IMG_20230609_093311.jpg",
            "某某公司（微信图片_20230611102455）.jpg",
            "某某公司微信图片_20230611102455(1).jpg",
            "某市计量所DOC20230611-0001.jpg",
            "1.jpg",
            "HP0001.jpg",
            "CCF_000123(1).jpg",
            "SKM_C22723061510150.jpg",
            "新文档 2023-06-15 10.15.00.jpg",
            "Screenshot_20230615_101500_com.tencent.mm.jpg",
        ] {
            assert!(is_camera_name(name), "{name}");
        }
        for name in ["某市计量所2023.jpg", "CIMG.jpg", "示意图1.jpg", "某所IMG说明.jpg"] {
            assert!(!is_camera_name(name), "{name}");
        }
    }
}
