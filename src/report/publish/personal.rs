//! Takes out of a text what tells whom to call: the contacts' names wherever they stand, telephone and identity numbers,
//! addresses of mail. What was taken out is counted, so that a person looks at the place.
//!
//! A name of a single character is left: it stands in every second word.

use regex::Regex;
use std::sync::LazyLock;

/// What stands for a name.
const NAME: &str = "×××";

/// What stands for a number.
const PHONE_LEFT_OUT: &str = "（电话略）";

/// An identity number (GB 11643); digits of full width count here and below, too.
static IDENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d{17}[\dXxＸｘ]").ok());

/// A mobile number, or one with its area code.
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?:[+＋]?[8８][6６][-－\s]?)?[1１][3-9３-９]\d(?:[-－\s]?\d{4}){2}
        |[(（]?[0０]\d{2,3}[)）]?[-－—\s]{0,2}\d{7,8}(?:转\d{1,6})?",
    )
    .ok()
});

static MAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}").ok());

/// Whom a case names as its contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    names: Vec<String>,
    numbers: Vec<String>,
}

impl Known {
    /// Their names and numbers, as the record has them.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, phones: impl Iterator<Item = &'a str>) -> Known {
        let names = names.map(bare).filter(|name| name.chars().count() > 1).collect();
        let own = |phone: &str| {
            let phone = phone.split('转').next().unwrap_or_default();
            let own = phone.split_once('-').map_or(phone, |(_, own)| own);
            own.chars().filter(char::is_ascii_digit).collect::<String>()
        };
        Known { names, numbers: phones.map(own).filter(|number| number.len() >= 7).collect() }
    }
}

fn bare(name: &str) -> String {
    name.split_whitespace().collect()
}

/// The text without them, and how often something was taken out.
pub fn without(text: &str, known: &Known) -> (String, usize) {
    let mut taken = 0;
    let text = names(text, known, &mut taken);
    let text = replaced(&text, &MAIL, &mut taken, "（邮箱略）");
    let text = replaced(&text, &IDENTITY, &mut taken, "（证件号码略）");
    let text = replaced(&text, &PHONE, &mut taken, PHONE_LEFT_OUT);
    (numbers(&text, known, &mut taken), taken)
}

/// A name is written with blanks between its characters, too.
fn names(text: &str, known: &Known, taken: &mut usize) -> String {
    known.names.iter().fold(text.to_owned(), |text, name| {
        let spaced = name.chars().map(|c| regex::escape(&c.to_string())).collect::<Vec<_>>().join(r"[\s\u{3000}]{0,2}");
        let Ok(pattern) = Regex::new(&spaced) else { return text };
        *taken += pattern.find_iter(&text).count();
        pattern.replace_all(&text, NAME).into_owned()
    })
}

/// A part of a longer number is none of these.
fn replaced(text: &str, pattern: &Option<Regex>, taken: &mut usize, with: &str) -> String {
    let Some(pattern) = pattern else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for found in pattern.find_iter(text) {
        let (before, after) = (text.get(..found.start()), text.get(found.end()..));
        let touches = before.and_then(|before| before.chars().next_back()).is_some_and(is_digit)
            || after.and_then(|after| after.chars().next()).is_some_and(is_digit);
        if !touches {
            out.push_str(text.get(last..found.start()).unwrap_or_default());
            out.push_str(with);
            last = found.end();
            *taken += 1;
        }
    }
    out + text.get(last..).unwrap_or_default()
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}

/// Known numbers that are written without their area code.
fn numbers(text: &str, known: &Known, taken: &mut usize) -> String {
    known.numbers.iter().fold(text.to_owned(), |text, number| {
        let spaced = number.chars().map(|c| c.to_string()).collect::<Vec<_>>().join(r"[-－\s]?");
        replaced(&text, &Regex::new(&spaced).ok(), taken, PHONE_LEFT_OUT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named_or_can_be_called_and_what_else_is_numbered_stays() {
        let known = Known::new(["陈楚江", "李 某", "王"].into_iter(), ["19900009037", "0719-5526248转801"].into_iter());
        for (said, kept, taken) in [
            ("由陈楚江、陈 楚江牵头", "由×××、×××牵头", 2),
            ("李某带队，王牌产品", "×××带队，王牌产品", 1),
            ("电话19900009037，或199 0000 9038", "电话（电话略），或（电话略）", 2),
            ("座机5526248、0719-5526248转801、（027）87654321", "座机（电话略）、（电话略）、（电话略）", 3),
            ("①１９９００００９０３７", "①（电话略）", 1),
            ("邮箱a.b@unit.example。", "邮箱（邮箱略）。", 1),
            ("证号42010119900101123X", "证号（证件号码略）", 1),
            ("GB/T 19001-2016，鄂市监〔2023〕20230605号，2023-06-05", "GB/T 19001-2016，鄂市监〔2023〕20230605号，2023-06-05", 0),
            ("节约1990000903712345元，产值13.8亿元，400-800-1234", "节约1990000903712345元，产值13.8亿元，400-800-1234", 0),
        ] {
            assert_eq!(without(said, &known), (kept.to_owned(), taken), "{said}");
        }
    }
}
