//! 联系人及电话: names and telephone numbers, kept as national digits.
//!
//! A number is a mobile (`1[3-9]` and 9 digits), a landline with area code, or, where the region is known,
//! a landline without (design rule 4). Full-width digits, blanks, hyphens, `+86` and extensions are read.

use crate::intake::text;
use crate::model::reading::Contact;
use regex::Regex;
use std::sync::LazyLock;

/// What the contact lines hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// The contacts in order; the first may lack a name or numbers.
    pub all: Vec<Contact>,
    /// Digits that stand as a number and are none.
    pub invalid: Option<String>,
}

struct Patterns {
    number: Regex,
    digits: Regex,
    noise: Regex,
    email: Regex,
    /// `1.`, `（2）` before the people of a list.
    numbering: Regex,
    /// What stands before a number that nobody is to be called by.
    foreign: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let number = r"(?x)
        (?P<mobile>(?:\(?(?:\+|00)?86\)?[\s-]*)?1[3-9]\d(?:[\s-]?\d){8})
        | (?:
          (?:\+|00)?86[\s-]*(?P<national>(?:10|2\d|[3-9]\d{2})[\s-]+[2-8]\d{6,7})
        | (?:(?:\+|00)?86[\s-]*)?\(?\s*(?P<area>0(?:10|2\d|[3-9]\d{2}))\s*\)?[\s/-]*(?P<local>[2-8]\d{2,3}[\s-]?\d{4}|[2-8]\d{3}[\s-]\d{3}|[2-8]\d{6,7})
        | (?P<bare>[2-8]\d{2,3}[\s-]?\d{4}|[2-8]\d{6})
        ) (?:\s*(?:\(?\s*(?:转(?:分机)?|分机号?|ext\.?|x)\s*:?\s*|-)(?P<ext>\d{1,6})\)?)?";
    Some(Patterns {
        number: Regex::new(number).ok()?,
        digits: Regex::new(r"\d[\d\s()-]*\d|\d").ok()?,
        noise: Regex::new(r"(?i)联系人|姓名|职务|职称|负责人|经办人|联系电话|联系方式|手机号码|手机号|电话号码|办公电话|固定电话|移动电话|电话|手机|座机|qq号?码?|wechat|办公室?|固话|号码|(?:微信|电话|手机)?同号|微信|传真|邮箱|电子邮箱|e-?mail|tel|mobile|phone").ok()?,
        email: Regex::new(r"[\w.+-]+@[\w.-]+").ok()?,
        numbering: Regex::new(r"(?m)^\s*(?:\(\d\)|\d[.、)])\s*").ok()?,
        foreign: Regex::new(r"(?i)(?:^|[^/、及和\s])\s*(?:传真(?:号码?|电话)?|fax|qq号?码?|邮编|邮政编码)[\s:：]*$").ok()?,
    })
});

/// As much of the contact cell is read, in bytes: patterns are looked for all over it.
const LONGEST: usize = 16 << 10;

/// A piece of the contact cell.
enum Piece {
    Name(String),
    Phone(String),
}

/// Reads the contact cell, or the name's and the phone's cells joined by a line feed.
///
/// `area_code` is the region's, where known: it makes a number without area code acceptable.
pub fn read(content: &str, region_is_known: RegionKnown) -> Contacts {
    let Some(patterns) = PATTERNS.as_ref() else { return Contacts::default() };
    let content = content.get(..content.floor_char_boundary(LONGEST)).unwrap_or_default();
    let plain = patterns.email.replace_all(&text::narrowed(content), "\n").replace(['，', '；', '。'], "\n");
    let plain = patterns.numbering.replace_all(&plain, "");
    let mut contacts = Contacts::default();
    let mut at = 0;
    let mut pieces = Vec::new();
    for found in patterns.number.captures_iter(&plain) {
        let Some(whole) = found.get(0) else { continue };
        let Some(phone) = national(&found, &plain, region_is_known) else { continue };
        let before = plain.get(at..whole.start()).unwrap_or_default();
        gap(before, patterns, &mut pieces, &mut contacts.invalid);
        if !patterns.foreign.is_match(&format!(" {before}")) {
            pieces.push(Piece::Phone(phone));
        }
        at = whole.end();
    }
    gap(plain.get(at..).unwrap_or_default(), patterns, &mut pieces, &mut contacts.invalid);
    contacts.all = grouped(pieces);
    contacts
}

/// Names and numbers of two cells, each name with its number: none unless there are as many of both, and several.
pub fn paired(names: &[String], phones: &[String]) -> Option<Vec<String>> {
    let parts = |lines: &[String]| -> Vec<String> {
        let parts = lines.iter().flat_map(|line| line.split(['、', '；', ';', '/', '／', '，', ',']));
        parts.map(text::tidy).filter(|part| !part.is_empty()).collect()
    };
    let by_line = (names.len() > 1 && names.len() == phones.len()).then(|| (names.to_vec(), phones.to_vec()));
    let (names, phones) = by_line.unwrap_or_else(|| (parts(names), parts(phones)));
    let several = names.len() > 1 && names.len() == phones.len();
    several.then(|| names.iter().zip(&phones).map(|(name, phone)| format!("{name} {phone}")).collect())
}

/// Whether a number without area code can be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKnown {
    /// It can.
    Yes,
    /// It can't.
    No,
}

fn national(found: &regex::Captures<'_>, text: &str, region: RegionKnown) -> Option<String> {
    let whole = found.get(0)?;
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    // A number that begins with a blank or a bracket is parted from what stands before it.
    let parted = whole.as_str().starts_with(|c: char| c.is_whitespace() || c == '(');
    let before = text.get(..whole.start()).and_then(|head| head.chars().next_back()).filter(|_| !parted);
    let after = text.get(whole.end()..).and_then(|tail| tail.chars().next());
    if touches(before) || touches(after) {
        return None;
    }
    let digits = |name: &str| found.name(name).map(|part| part.as_str().chars().filter(char::is_ascii_digit).collect::<String>());
    let extension = digits("ext").map(|ext| format!("转{ext}")).unwrap_or_default();
    if let Some(mobile) = digits("mobile") {
        // The country code stands before it, if at all.
        return mobile.len().checked_sub(11).and_then(|at| mobile.get(at..)).map(str::to_owned);
    }
    if let (Some(area), Some(local)) = (digits("area"), digits("local")) {
        return Some(format!("{area}-{local}{extension}"));
    }
    if let Some(national) = found.name("national") {
        let (area, local) = national.as_str().split_once([' ', '-'])?;
        let local: String = local.chars().filter(char::is_ascii_digit).collect();
        return Some(format!("0{area}-{local}{extension}"));
    }
    let bare = digits("bare").filter(|_| region == RegionKnown::Yes)?;
    Some(format!("{bare}{extension}"))
}

/// Text between two numbers: names, and digits that are no number.
fn gap(text: &str, patterns: &Patterns, pieces: &mut Vec<Piece>, invalid: &mut Option<String>) {
    for run in patterns.digits.find_iter(text) {
        // “完成时间：2022年12月” is no number that somebody mistyped.
        let dated = text.get(run.end()..).is_some_and(|behind| behind.trim_start().starts_with('年'));
        if !dated && run.as_str().chars().filter(char::is_ascii_digit).count() >= 3 {
            invalid.get_or_insert_with(|| run.as_str().trim().to_owned());
        }
    }
    let words = patterns.noise.replace_all(text, "\n");
    let mut pending = String::new();
    for word in words.split(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '·' | '・' | '•' | '.' | '(' | ')'))) {
        let Some(word) = word.split(['(', ')']).find(|part| !part.is_empty()) else { continue };
        // A surname that stands alone takes even one character of what is left of 静科长.
        let spaced_out = pending.chars().count() == 1 && pending.chars().all(is_han);
        let bare = without_post(word, if spaced_out { 1 } else { 2 });
        // “张 三”: a two-character name spaced out to the width of three; “Tom Zhang”: words of one name.
        if bare.chars().count() == 1 && bare.chars().all(is_han) {
            pending.push_str(bare);
        } else if is_latin(bare) && (pending.is_empty() || is_latin(&pending)) {
            pending.push_str(if pending.is_empty() { "" } else { " " });
            pending.push_str(bare);
        } else {
            flush(&mut pending, pieces);
            pieces.extend(as_name(bare).map(Piece::Name));
        }
    }
    flush(&mut pending, pieces);
}

fn is_latin(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '.'))
}

fn flush(pending: &mut String, pieces: &mut Vec<Piece>) {
    if pending.chars().count() >= 2 {
        pieces.extend(as_name(pending).map(Piece::Name));
    }
    pending.clear();
}

/// `李四科长` is 李四; `李科长` stays where less than `shortest` characters would be left of the name.
fn without_post(word: &str, shortest: usize) -> &str {
    const POSTS: [&str; 36] = [
        "办公室主任",
        "副主任",
        "副科长",
        "副处长",
        "副局长",
        "副院长",
        "副所长",
        "副部长",
        "副总经理",
        "总经理",
        "高级工程师",
        "工程师",
        "主任科员",
        "主任",
        "科长",
        "处长",
        "局长",
        "院长",
        "所长",
        "部长",
        "经理",
        "站长",
        "组长",
        "科员",
        "主管",
        "主管员",
        "总监",
        "书记",
        "秘书",
        "干事",
        "专员",
        "老师",
        "同志",
        "先生",
        "女士",
        "高工",
    ];
    let name = POSTS.iter().filter_map(|post| word.strip_suffix(post)).min_by_key(|name| name.len());
    name.filter(|name| name.is_empty() || name.chars().count() >= shortest).unwrap_or(word)
}

fn as_name(word: &str) -> Option<String> {
    let bare = without_post(word.split(['(', ')']).find(|part| !part.is_empty())?.trim_matches('.'), 2);
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let plausible = letters >= 2 && bare.chars().count() <= 20 && !bare.chars().any(|c| c.is_ascii_digit());
    let says_nothing = matches!(bare, "及" | "无" | "暂无" | "同上" | "待定" | "转" | "分机");
    (plausible && !says_nothing).then(|| bare.to_owned())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn says_where(contact: &Contact) -> bool {
    contact.name.as_deref().is_some_and(is_department)
}

/// Whether a word is a part of a unit: 计量科, 检测中心; or what is left of 技术负责人. 谢科 is a person.
fn is_department(word: &str) -> bool {
    const ENDS: [&str; 16] = ["科", "室", "处", "部", "股", "局", "院", "所", "站", "组", "厅", "中心", "公司", "协会", "学会", "部门"];
    const LEFT: [&str; 8] = ["技术", "业务", "项目", "综合", "质量", "行政", "案例", "申报"];
    LEFT.contains(&word) || word.chars().count() >= 3 && ENDS.iter().any(|end| word.ends_with(end))
}

/// Numbers go with the name before them; a number before any name goes with the first name.
fn grouped(pieces: Vec<Piece>) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for piece in pieces {
        match (piece, contacts.last_mut()) {
            (Piece::Phone(phone), Some(last)) => {
                if !last.phones.contains(&phone) {
                    last.phones.push(phone);
                }
            }
            (Piece::Phone(phone), None) => contacts.push(Contact { name: None, phones: vec![phone] }),
            (Piece::Name(name), Some(last)) if last.name.is_none() => last.name = Some(name),
            // “计量科 张三”: where the person works comes first.
            (Piece::Name(name), Some(last)) if last.phones.is_empty() && says_where(last) && !is_department(&name) => {
                last.name = Some(name)
            }
            // Two words before any number: a name and a post (“张三 科长”); only the first is the name.
            (Piece::Name(_), Some(last)) if last.phones.is_empty() => {}
            (Piece::Name(name), _) => contacts.push(Contact { name: Some(name), phones: Vec::new() }),
        }
    }
    // A trailing word without a number (“（办公室）”) is no further contact.
    let mut first = true;
    contacts.retain(|contact| std::mem::take(&mut first) || !contact.phones.is_empty());
    contacts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(content: &str) -> (Option<String>, Vec<String>) {
        let mut contacts = read(content, RegionKnown::No).all.into_iter();
        let first = contacts.next().unwrap_or_default();
        assert_eq!(contacts.next(), None, "{content}");
        (first.name, first.phones)
    }

    #[test]
    fn numbers_are_kept_as_national_digits() {
        for (content, name, phone) in [
            ("向雪梅 0728-4303566", "向雪梅", "0728-4303566"),
            ("孙军027-63617071转801", "孙军", "027-63617071转801"),
            ("孙军 027-63617071-801", "孙军", "027-63617071转801"),
            ("刘洋+86 19900005722", "刘洋", "19900005722"),
            ("向𬭚/19900001356", "向𬭚", "19900001356"),
            ("胡强，199-0000-2016", "胡强", "19900002016"),
            ("联系人：何洋 电话：19900005382", "何洋", "19900005382"),
            ("覃镕基\n１９９００００１６５１", "覃镕基", "19900001651"),
            ("徐建国\n（0719）5526248", "徐建国", "0719-5526248"),
            ("张　三　199 0000 6893", "张三", "19900006893"),
            ("吴建国\n+86 19900002084", "吴建国", "19900002084"),
            ("李四（科长） 19900002084", "李四", "19900002084"),
            ("马洋\n0712-4322379转801", "马洋", "0712-4322379转801"),
            ("+86-27-87654321 王五", "王五", "027-87654321"),
            ("古丽·买买提（+86-719-6323833）", "古丽·买买提", "0719-6323833"),
            ("陈  静/13912345678", "陈静", "13912345678"),
            ("Tom Zhang 13912345678", "Tom Zhang", "13912345678"),
            ("李晓明科长 13912345678", "李晓明", "13912345678"),
            ("张伟 （办公室主任） 13912345678 传真：027-87654321", "张伟", "13912345678"),
            ("张伟 电话/传真：027-87654321", "张伟", "027-87654321"),
            ("李科长 13912345678", "李科长", "13912345678"),
            ("张伟 13912345678（微信同号）", "张伟", "13912345678"),
            ("微信同号 13912345678 张伟", "张伟", "13912345678"),
            ("陈 静科长 13912345678", "陈静", "13912345678"),
            ("余　勇（科长） 13912345678", "余勇", "13912345678"),
            ("计量科 余勇 13912345678", "余勇", "13912345678"),
            ("王登科 计量科 13912345678", "王登科", "13912345678"),
            ("技术负责人 余勇 13912345678", "余勇", "13912345678"),
            ("余勇 职务：科长 电话：13912345678", "余勇", "13912345678"),
            ("计量科 13912345678", "计量科", "13912345678"),
        ] {
            assert_eq!(one(content), (Some(name.to_owned()), vec![phone.to_owned()]), "{content}");
        }
    }

    #[test]
    fn several_numbers_and_several_people() {
        assert_eq!(one("王杰 19900004925 / 0724-3062193"), (Some("王杰".into()), vec!["19900004925".into(), "0724-3062193".into()]));
        assert_eq!(one("田长霖 13912345678-0719-5526248"), (Some("田长霖".into()), vec!["13912345678".into(), "0719-5526248".into()]));
        assert_eq!(one("谢科 1512054 0940 07106576821"), (Some("谢科".into()), vec!["15120540940".into(), "0710-6576821".into()]));
        let listed = read("1.张三 19900000001\n2.李四 19900000002", RegionKnown::No).all;
        assert_eq!(listed.iter().map(|contact| contact.name.as_deref()).collect::<Vec<_>>(), [Some("张三"), Some("李四")]);
        let two = read("张三 19900000001；李四 19900000002", RegionKnown::No).all;
        assert_eq!(two.iter().map(|contact| contact.name.as_deref()).collect::<Vec<_>>(), [Some("张三"), Some("李四")]);
    }

    #[test]
    fn what_is_no_number_is_called_so() {
        for content in ["谭㛃 1234", "谭㛃 1990000561", "谭㛃 199000056161", "谭㛃 0719-55262"] {
            let contacts = read(content, RegionKnown::No);
            assert!(contacts.all.iter().all(|contact| contact.phones.is_empty()), "{content}");
            assert!(contacts.invalid.is_some(), "{content}");
        }
        assert_eq!(read("郑芳", RegionKnown::No).invalid, None);
        assert_eq!(read("郑芳\n完成时间： 2022年12月", RegionKnown::No).invalid, None);
    }

    #[test]
    fn a_number_without_area_code_needs_a_region() {
        assert_eq!(read("张三 5526248", RegionKnown::Yes).all[0].phones, ["5526248"]);
        assert!(read("张三 5526248", RegionKnown::No).all[0].phones.is_empty());
    }
}
