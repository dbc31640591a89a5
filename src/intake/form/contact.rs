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
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let number = r"(?x)
        (?P<prefix>(?:\+|00)?86[\s-]*)? (?:
          (?P<mobile>1[3-9]\d(?:[\s-]?\d){8})
        | \(?\s*(?P<area>0(?:10|2\d|[3-9]\d{2}))\s*\)?[\s-]*(?P<local>[2-8]\d{2,3}[\s-]?\d{4}|[2-8]\d{6,7})
        | (?P<bare>[2-8]\d{2,3}[\s-]?\d{4}|[2-8]\d{6})
        | (?P<national>(?:10|2\d|[3-9]\d{2})[\s-]+[2-8]\d{6,7})
        ) (?P<extension>\s*(?:\(?\s*(?:转|分机|ext\.?|x)\s*:?\s*|-)(?P<ext>\d{1,6})\)?)?";
    Some(Patterns {
        number: Regex::new(number).ok()?,
        digits: Regex::new(r"\d[\d\s()-]*\d|\d").ok()?,
        noise: Regex::new(r"(?i)联系人|姓名|负责人|经办人|联系电话|联系方式|手机号码|手机号|电话号码|办公电话|固定电话|移动电话|电话|手机|座机|办公室?|固话|号码|微信|传真|邮箱|电子邮箱|e-?mail|tel|mobile|phone").ok()?,
        email: Regex::new(r"[\w.+-]+@[\w.-]+").ok()?,
    })
});

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
    let plain = patterns.email.replace_all(&text::narrowed(content), "\n").replace(['，', '；', '。'], "\n");
    let mut contacts = Contacts::default();
    let mut at = 0;
    let mut pieces = Vec::new();
    for found in patterns.number.captures_iter(&plain) {
        let Some(whole) = found.get(0) else { continue };
        let Some(phone) = national(&found, &plain, region_is_known) else { continue };
        gap(plain.get(at..whole.start()).unwrap_or_default(), patterns, &mut pieces, &mut contacts.invalid);
        pieces.push(Piece::Phone(phone));
        at = whole.end();
    }
    gap(plain.get(at..).unwrap_or_default(), patterns, &mut pieces, &mut contacts.invalid);
    contacts.all = grouped(pieces);
    contacts
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
    let before = text.get(..whole.start()).and_then(|head| head.chars().next_back());
    let after = text.get(whole.end()..).and_then(|tail| tail.chars().next());
    if touches(before) || touches(after) {
        return None;
    }
    let digits = |name: &str| found.name(name).map(|part| part.as_str().chars().filter(char::is_ascii_digit).collect::<String>());
    let extension = digits("ext").map(|ext| format!("转{ext}")).unwrap_or_default();
    if let Some(mobile) = digits("mobile") {
        return found.name("ext").is_none().then_some(mobile);
    }
    if let (Some(area), Some(local)) = (digits("area"), digits("local")) {
        return Some(format!("{area}-{local}{extension}"));
    }
    if let (Some(_), Some(national)) = (found.name("prefix"), found.name("national")) {
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
        if run.as_str().chars().filter(char::is_ascii_digit).count() >= 3 {
            invalid.get_or_insert_with(|| run.as_str().trim().to_owned());
        }
    }
    let words = patterns.noise.replace_all(text, "\n");
    let mut pending = String::new();
    for word in words.split(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '·' | '・' | '•' | '.' | '(' | ')'))) {
        // “张 三”: a two-character name spaced out to the width of three.
        if word.chars().count() == 1 && word.chars().all(is_han) {
            pending.push_str(word);
            continue;
        }
        flush(&mut pending, pieces);
        if let Some(name) = as_name(word) {
            pieces.push(Piece::Name(name));
        }
    }
    flush(&mut pending, pieces);
}

fn flush(pending: &mut String, pieces: &mut Vec<Piece>) {
    if pending.chars().count() >= 2 {
        pieces.push(Piece::Name(std::mem::take(pending)));
    }
    pending.clear();
}

fn as_name(word: &str) -> Option<String> {
    let bare = word.split(['(', ')']).find(|part| !part.is_empty())?.trim_matches('.');
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let plausible = letters >= 2 && bare.chars().count() <= 20 && !bare.chars().any(|c| c.is_ascii_digit());
    let says_nothing = matches!(bare, "及" | "无" | "暂无" | "同上" | "待定" | "转" | "分机");
    (plausible && !says_nothing).then(|| bare.to_owned())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
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
        ] {
            assert_eq!(one(content), (Some(name.to_owned()), vec![phone.to_owned()]), "{content}");
        }
    }

    #[test]
    fn several_numbers_and_several_people() {
        assert_eq!(one("王杰 19900004925 / 0724-3062193"), (Some("王杰".into()), vec!["19900004925".into(), "0724-3062193".into()]));
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
    }

    #[test]
    fn a_number_without_area_code_needs_a_region() {
        assert_eq!(read("张三 5526248", RegionKnown::Yes).all[0].phones, ["5526248"]);
        assert!(read("张三 5526248", RegionKnown::No).all[0].phones.is_empty());
    }
}
