//! Takes out of a text what tells whom to call: the contacts' names wherever they stand, telephone and identity numbers,
//! addresses of mail, numbers of QQ and WeChat. What was taken out is counted, so that a person looks at the place.
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

/// A mobile number, or one with its area code. With dots it is one only where each group has its own.
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?:[+＋]?[8８][6６][-－\s]?)?[1１][3-9３-９]\d(?:(?:[-－‐‑–—\s]?\d{4}){2}|(?:[.．·]\d{4}){2})
        |[(（]?[0０]\d{2,3}[)）]?[-－‐‑–—\s]{0,2}\d{7,8}(?:转\d{1,6})?
        |[(（]?[0０](?:[1１][0０]|[2２]\d|[3-9３-９]\d{2})[)）]?[-－‐‑–—.．\s]{0,2}\d{3,4}[-－‐‑–—\s]?\d{4}(?:转\d{1,6})?",
    )
    .ok()
});

static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９._%+．＿-]{1,64}[@＠][A-Za-z0-9Ａ-Ｚａ-ｚ０-９-]{1,63}(?:[.．][A-Za-z0-9Ａ-Ｚａ-ｚ０-９-]{1,63}){1,8}",
    )
    .ok()
});

static QQ: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[QqＱｑ]{2}(?:号码?|群号?)?[:：为是\s]{0,3}\d{5,12}").ok());

/// 微信公众号 is another thing, and public.
static WECHAT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?:微信|wechat)(?:(?:号码?|id)[:：为是\s]{0,3}|[:：]\s?)[A-Za-z0-9_-]{6,20}").ok());

/// How a surname is used with a post.
const POSTS: &[&str] = &[
    "总工程师",
    "工程师",
    "总工",
    "主任",
    "院长",
    "所长",
    "局长",
    "科长",
    "处长",
    "部长",
    "站长",
    "老师",
    "经理",
    "书记",
    "先生",
    "女士",
    "同志",
    "教授",
    "工",
    "总",
];

/// Surnames of two characters.
pub(crate) const DOUBLE: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "端木", "轩辕", "宇文", "长孙", "鲜于",
    "闾丘", "钟离", "南宫", "独孤", "司空", "西门", "百里", "呼延", "澹台", "公冶", "太史", "申屠", "赫连",
];

/// How people speak of somebody without the whole name: surname or given name with a post. Empty where it is no such name.
pub fn addresses(name: &str) -> Vec<String> {
    let count = name.chars().count();
    if !(2..=4).contains(&count) || !name.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return Vec::new();
    }
    let surname: String = match DOUBLE.iter().find(|double| count > 2 && name.starts_with(**double)) {
        Some(double) => (*double).to_owned(),
        None => name.chars().take(1).collect(),
    };
    let given = name.strip_prefix(surname.as_str()).filter(|given| given.chars().count() > 1);
    let called = |post: &&str| {
        [format!("{surname}{post}"), format!("{surname}副{post}")].into_iter().chain(given.map(|given| format!("{given}{post}")))
    };
    POSTS.iter().flat_map(called).collect()
}

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
    let text = replaced(&text, &QQ, &mut taken, "（QQ号略）");
    let text = replaced(&text, &WECHAT, &mut taken, "（微信号略）");
    (numbers(&text, known, &mut taken), taken)
}

/// A name is written with blanks between its characters, too.
fn names(text: &str, known: &Known, taken: &mut usize) -> String {
    known.names.iter().fold(text.to_owned(), |text, name| {
        let spaced = name.chars().map(|c| regex::escape(&c.to_string())).collect::<Vec<_>>().join(r"[\s\u{3000}]{0,2}");
        let Ok(pattern) = Regex::new(&spaced) else { return text };
        *taken += pattern.find_iter(&text).count();
        let text = pattern.replace_all(&text, NAME).into_owned();
        addressed(&text, name, taken)
    })
}

/// Those with a post. 工 and 总 begin many a word: there nothing that goes on as one may follow.
fn addressed(text: &str, name: &str, taken: &mut usize) -> String {
    let (short, long): (Vec<String>, Vec<String>) =
        addresses(name).into_iter().partition(|called| called.ends_with(['工', '总']) && !called.ends_with("总工"));
    let goes_on =
        |rest: &str| rest.chars().next().is_some_and(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) && !"和与及等的在带说".contains(c));
    let text = long.iter().fold(text.to_owned(), |text, called| {
        *taken += text.matches(called.as_str()).count();
        text.replace(called.as_str(), NAME)
    });
    short.iter().fold(text, |text, called| {
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for (at, _) in text.match_indices(called.as_str()) {
            let end = at + called.len();
            if !goes_on(text.get(end..).unwrap_or_default()) {
                out.push_str(text.get(last..at).unwrap_or_default());
                out.push_str(NAME);
                last = end;
                *taken += 1;
            }
        }
        out + text.get(last..).unwrap_or_default()
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
        let spaced = number.chars().map(|c| c.to_string()).collect::<Vec<_>>().join(r"[-－‐‑–—.．\s]?");
        replaced(&text, &Regex::new(&spaced).ok(), taken, PHONE_LEFT_OUT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surname_may_have_two_characters() {
        let known = Known::new(["欧阳娜娜"].into_iter(), [].into_iter());
        assert_eq!(without("欧阳主任、娜娜同志，阳主任", &known), ("×××、×××，阳主任".to_owned(), 2));
        assert!(addresses("办").is_empty() && addresses("Ouyang").is_empty());
    }

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
            ("请拨138.1234.5678、138．1234．5678、027–8765 4321", "请拨（电话略）、（电话略）、（电话略）", 3),
            ("座机552–6248、552.6248", "座机（电话略）、（电话略）", 2),
            ("邮箱oyn＠163．com、ｏｙｎ＠163.com", "邮箱（邮箱略）、（邮箱略）", 2),
            ("QQ：12345678，qq群 87654321", "（QQ号略），（QQ号略）", 2),
            ("微信号 oyn_2023，微信：abc12345；微信公众号zhijian2023", "（微信号略），（微信号略）；微信公众号zhijian2023", 2),
            ("陈主任、陈副局长和陈工带队，陈工程师、楚江同志负责", "×××、×××和×××带队，×××、×××负责", 5),
            ("陈总结经验，陈工艺改进；1381234.5678元", "陈总结经验，陈工艺改进；1381234.5678元", 0),
            ("节约1990000903712345元，产值13.8亿元，400-800-1234", "节约1990000903712345元，产值13.8亿元，400-800-1234", 0),
        ] {
            assert_eq!(without(said, &known), (kept.to_owned(), taken), "{said}");
        }
    }
}
