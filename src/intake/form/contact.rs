//! 联系人及电话: names and telephone numbers, kept as national digits.
//!
//! A number is a mobile (`1[3-9]` and 9 digits), a landline with area code, which may be called one before it or behind it
//! (`区号：0717 电话：5526248`, `5526248（区号0717）`), or, where the region is known, a landline without (design rule 4). Full-width digits, blanks, hyphens, `+86` and extensions are read.

mod broken;
mod name;
#[cfg(test)]
mod tests;

use crate::intake::text;
use crate::model::reading::Contact;
use broken::Sure;
pub(super) use name::is_han;
use name::{as_name, is_department, is_person, says_nothing, without_post};
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// What the contact lines hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// The contacts in order; the first may lack a name or numbers.
    pub all: Vec<Contact>,
    /// Digits that stand as a number and are none.
    pub invalid: Option<String>,
    /// The digits of the cell.
    pub digits: usize,
    /// Whether words are left over that are neither names nor words of the form: a name may be among them.
    pub leftover: bool,
    /// Whether what is no number may be a whole one that two lines part.
    pub broken: bool,
    /// Whether somebody's number is none and the next one stands behind another name: `张三 1990000000、李四 19900000002`.
    pub crossed: bool,
}

struct Patterns {
    number: Regex,
    digits: Regex,
    noise: Regex,
    email: Regex,
    /// Two mobiles that a page's lines left without a blank between.
    joined: Regex,
    /// A post or a label that a narrow cell's lines broke: 向娟同⏎志, 联⏎系人：向娟.
    torn_post: Regex,
    /// `1.`, `（2）` before the people of a list.
    numbering: Regex,
    /// What stands before a number that nobody is to be called by.
    foreign: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    // A line's end is no part of a number: `broken` joins lines.
    let number = r"(?x)
        (?P<mobile>(?:\(?(?:\+|00)?86\)?[\s-]*)?1[3-9]\d(?:(?:[^\S\n]|[.·-])?\d){8})
        | (?:
          \(?区号\s*:?\s*(?P<told>0(?:10|2\d|[3-9]\d{2}))\s*\)?[\s,、;/-]*(?:(?:电话)?号码|办?公?电话|座机)?\s*:?\s*(?P<called>[2-8]\d{6,7}|[2-8]\d{2,3}[\ -]\d{4})
        | (?:\+|00)?86[\s-]*(?P<national>(?:10|2\d|[3-9]\d{2})[\s-]+[2-8]\d{6,7})
        | (?:(?:\+|00)?86[\s-]*)?\(?\s*(?P<area>0(?:10|2\d|[3-9]\d{2}))\s*\)?[\s/._~ー-]*(?P<local>[2-8]\d{2,3}(?:[^\S\n]|-)?\d{4}|[2-8]\d{3}(?:[^\S\n]|-)\d{3}|[2-8]\d{6,7})
        | (?P<service>[48]00[\s-]?\d{3}[\s-]?\d{4})
        | (?P<bare>[2-8]\d{2,3}(?:[^\S\n]|-)?\d{4}|[2-8]\d{6})
        ) (?:\s*\(?\s*区号\s*:?\s*(?P<behind>0(?:10|2\d|[3-9]\d{2}))\)?)?
        (?:(?:[\s,]*(?:\(?\s*(?:[转轉](?:分[机機])?|分[机機]号?|ext\.?|x)\s*:?\s*|-)|[*\#])(?P<ext>\d{1,6})(?-u:\b)\)?)?";
    Some(Patterns {
        number: Regex::new(number).ok()?,
        digits: Regex::new(r"\d[\d\s()-]*\d|\d").ok()?,
        noise: Regex::new(r"(?i)联系人|姓名|职务|职称|负责人|经办人|联系电话|联系方式|手机号码|手机号|电话号码|办公电话|固定电话|移动电话|电话|手机|座机|qq号?码?|wechat|办公室?|固话|号码|(?:微信|电话|手机)?同号|微信|手機|電話|聯繫|聯絡|號碼|传真|邮箱|电子邮箱|e-?mail|tel|mobile|phone").ok()?,
        email: Regex::new(r"[\w.+-]+@[\w.-]+").ok()?,
        joined: Regex::new(r"(?P<before>^|\D)(?P<one>1[3-9]\d-?\d{4}-?\d{4})(?P<other>1[3-9]\d-?\d{4}-?\d{4})(?P<after>\D|$)").ok()?,
        torn_post: Regex::new(r"联\s*\n\s*系\s*人|联\s*系\s*\n\s*人|电\s*\n\s*话|手\s*\n\s*机|姓\s*\n\s*名|同\s*\n\s*志|先\s*\n\s*生|女\s*\n\s*士|[科处局所院部站]\s*\n\s*长|主\s*\n\s*任|经\s*\n\s*理|老\s*\n\s*师").ok()?,
        numbering: Regex::new(r"(?m)^\s*(?:\(\d\)|\d[.、)]|[①-⑩])\s*").ok()?,
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
    let contacts = read_lines(content, region_is_known);
    if contacts.invalid.is_none() || !content.contains('\n') {
        return contacts;
    }
    // A narrow cell's lines may have broken a number: `0719-552⏎6248`.
    let numbers = |contacts: &Contacts| contacts.all.iter().map(|contact| contact.phones.len()).sum::<usize>();
    let whole = |sure: Sure| {
        let joined = read_lines(&broken::joined(content, sure), region_is_known);
        Some(joined).filter(|joined| joined.invalid.is_none() && numbers(joined) > numbers(&contacts))
    };
    if let Some(joined) = whole(Sure::Yes) {
        return joined;
    }
    let broken = whole(Sure::No).is_some();
    Contacts { broken, ..contacts }
}

/// Whether somebody's number stands in a line.
pub(super) fn holds_phone(line: &str) -> bool {
    read(line, RegionKnown::No).all.iter().any(|contact| !contact.phones.is_empty())
}

fn read_lines(content: &str, region_is_known: RegionKnown) -> Contacts {
    let Some(patterns) = PATTERNS.as_ref() else { return Contacts::default() };
    let content = content.get(..content.floor_char_boundary(LONGEST)).unwrap_or_default();
    let plain = patterns.email.replace_all(&text::narrowed(content), "\n").replace(['，', '；', '。'], "\n");
    let plain = patterns.numbering.replace_all(&plain, "");
    let whole = |post: &Captures<'_>| post.get(0).map_or("", |post| post.as_str()).replace(char::is_whitespace, "");
    let plain = patterns.torn_post.replace_all(&plain, whole);
    let plain = patterns.joined.replace_all(&plain, "$before$one $other$after");
    // The area code of one number is that of the next.
    let area = patterns.number.captures_iter(&plain).any(|found| ["area", "told", "behind"].iter().any(|of| found.name(of).is_some()));
    let region_is_known = if area { RegionKnown::Yes } else { region_is_known };
    let mut contacts = Contacts { digits: plain.chars().filter(char::is_ascii_digit).count(), ..Contacts::default() };
    let mut at = 0;
    let mut pieces = Vec::new();
    for found in patterns.number.captures_iter(&plain) {
        let Some(whole) = found.get(0) else { continue };
        let Some(phone) = national(&found, &plain, region_is_known) else { continue };
        let before = plain.get(at..whole.start()).unwrap_or_default();
        gap(before, patterns, &mut pieces, &mut contacts);
        if !patterns.foreign.is_match(&format!(" {before}")) {
            pieces.push(Piece::Phone(phone));
        }
        at = whole.end();
    }
    gap(plain.get(at..).unwrap_or_default(), patterns, &mut pieces, &mut contacts);
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
    // 0719/5526248 is one number.
    let is_number = |phone: &String| text::narrowed(phone).chars().filter(char::is_ascii_digit).count() >= 7;
    let several = names.len() > 1 && names.len() == phones.len() && phones.iter().all(is_number);
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
    // A number that begins with a blank, a bracket or 区号 is parted from what stands before it, one that ends with a bracket
    // from what follows.
    let parted = whole.as_str().starts_with(|c: char| c.is_whitespace() || matches!(c, '(' | '区'));
    let before = text.get(..whole.start()).and_then(|head| head.chars().next_back()).filter(|_| !parted);
    let after = text.get(whole.end()..).and_then(|tail| tail.chars().next()).filter(|_| !whole.as_str().ends_with(')'));
    if touches(before) || touches(after) {
        return None;
    }
    let digits = |name: &str| found.name(name).map(|part| part.as_str().chars().filter(char::is_ascii_digit).collect::<String>());
    let extension = digits("ext").map(|ext| format!("转{ext}")).unwrap_or_default();
    if let Some(mobile) = digits("mobile") {
        // The country code stands before it, if at all.
        return mobile.len().checked_sub(11).and_then(|at| mobile.get(at..)).map(str::to_owned);
    }
    let called = digits("area").zip(digits("local")).or_else(|| digits("told").zip(digits("called")));
    if let Some((area, local)) = called.or_else(|| digits("behind").zip(digits("bare"))) {
        return Some(format!("{area}-{local}{extension}"));
    }
    if let Some(national) = found.name("national") {
        let (area, local) = national.as_str().split_once([' ', '-'])?;
        let local: String = local.chars().filter(char::is_ascii_digit).collect();
        return Some(format!("0{area}-{local}{extension}"));
    }
    if let Some(service) = digits("service") {
        return Some(format!("{service}{extension}"));
    }
    let bare = digits("bare").filter(|_| region == RegionKnown::Yes)?;
    Some(format!("{bare}{extension}"))
}

/// Text between two numbers: names, and digits that are no number.
fn gap(text: &str, patterns: &Patterns, pieces: &mut Vec<Piece>, contacts: &mut Contacts) {
    for run in patterns.digits.find_iter(text) {
        // “完成时间：2022年12月” is no number that somebody mistyped.
        let dated = text.get(run.end()..).is_some_and(|behind| behind.trim_start().starts_with('年'));
        if !dated && run.as_str().chars().filter(char::is_ascii_digit).count() >= 3 {
            contacts.invalid.get_or_insert_with(|| run.as_str().trim().to_owned());
            contacts.crossed |= is_between_people(text, run.range(), patterns);
        }
    }
    let words = patterns.noise.replace_all(text, "\n");
    let mut pending = String::new();
    for word in words.split(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '·' | '・' | '•' | '.' | '(' | ')'))) {
        let Some(word) = word.split(['(', ')']).find(|part| part.chars().any(char::is_alphabetic)) else { continue };
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
            flush(&mut pending, pieces, contacts);
            take(bare, pieces, contacts);
        }
    }
    flush(&mut pending, pieces, contacts);
}

/// Whether digits that are a number but for a few stand between two people's names.
fn is_between_people(text: &str, run: Range<usize>, patterns: &Patterns) -> bool {
    const NEARLY: usize = 7;
    /// As far as names are looked for, in bytes.
    const NEAR: usize = 100;
    let digits = text.get(run.clone()).unwrap_or_default().chars().filter(char::is_ascii_digit).count();
    let (from, to) = (text.ceil_char_boundary(run.start.saturating_sub(NEAR)), text.floor_char_boundary(run.end + NEAR));
    let (before, behind) = (text.get(from..run.start).unwrap_or_default(), text.get(run.end..to).unwrap_or_default());
    let names = |part: &str| {
        let words = patterns.noise.replace_all(part, "\n");
        words.split(|c: char| !c.is_alphanumeric() && c != '·').any(|word| as_name(word).is_some_and(|name| is_person(&name)))
    };
    digits >= NEARLY && !patterns.foreign.is_match(&format!(" {before}")) && names(before) && names(behind)
}

/// A word as a name; one that is none and says something is left over.
fn take(word: &str, pieces: &mut Vec<Piece>, contacts: &mut Contacts) {
    match as_name(word) {
        Some(name) => pieces.push(Piece::Name(name)),
        None => contacts.leftover |= word.chars().any(is_han) && !says_nothing(word),
    }
}

fn is_latin(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '.'))
}

fn flush(pending: &mut String, pieces: &mut Vec<Piece>, contacts: &mut Contacts) {
    take(pending, pieces, contacts);
    pending.clear();
}

fn says_where(contact: &Contact) -> bool {
    contact.name.as_deref().is_some_and(is_department)
}

/// Numbers go with the name before them; a number before any name goes with the first name.
fn grouped(pieces: Vec<Piece>) -> Vec<Contact> {
    if let Some(people) = side_by_side(&pieces) {
        return people;
    }
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

/// `张三、李四 139…、138…`: as many numbers as people, each with its own.
fn side_by_side(pieces: &[Piece]) -> Option<Vec<Contact>> {
    let (names, phones) =
        pieces.split_at_checked(pieces.len() / 2).filter(|(names, phones)| names.len() > 1 && names.len() == phones.len())?;
    let person = |(name, phone): (&Piece, &Piece)| match (name, phone) {
        (Piece::Name(name), Piece::Phone(phone)) if is_person(name) => {
            Some(Contact { name: Some(name.clone()), phones: vec![phone.clone()] })
        }
        _ => None,
    };
    names.iter().zip(phones).map(person).collect()
}
