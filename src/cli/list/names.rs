//! What is typed into the key that is meant: by the key, a Chinese or English name, or the beginning of one.
//!
//! What means nothing, or several things, is a mistake of usage: it is told with the nearest, and with the whole list.

use crate::cli::Failure;
use crate::cli::output::visible;
use crate::cli::words::Words;
use crate::config::problem::nearest;

/// A key, and what else it may be called by; the first name is the one that people read.
#[derive(Debug, Clone)]
pub struct Name {
    key: String,
    names: Vec<String>,
}

impl Name {
    /// A key with its names.
    pub fn new<S: Into<String>>(key: impl Into<String>, names: impl IntoIterator<Item = S>) -> Name {
        Name { key: key.into(), names: names.into_iter().map(Into::into).filter(|name: &String| !name.is_empty()).collect() }
    }

    /// Keys with one word each.
    pub fn all(words: Words) -> Vec<Name> {
        words.iter().map(|(key, word)| Name::new(*key, [*word])).collect()
    }

    /// Whether both stand for the same key.
    pub fn is(&self, other: &Name) -> bool {
        self.key == other.key
    }

    fn folded(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(&self.key).chain(&self.names).map(|name| folded(name))
    }

    fn shown(&self) -> String {
        match self.names.first() {
            Some(name) if *name != self.key => format!("{name}（{}）", self.key),
            _ => self.key.clone(),
        }
    }
}

/// The key that is meant: exactly, by the one beginning, or by the one that holds it.
pub fn resolve(what: &str, typed: &str, names: &[Name]) -> Result<String, Failure> {
    let wanted = folded(typed);
    let matching =
        |test: &dyn Fn(&str) -> bool| -> Vec<&Name> { names.iter().filter(|name| name.folded().any(|own| test(&own))).collect() };
    let tests: [&dyn Fn(&str) -> bool; 3] = [&|own| own == wanted, &|own| own.starts_with(&wanted), &|own| own.contains(&wanted)];
    for test in tests.into_iter().filter(|_| !wanted.is_empty()) {
        match matching(test).as_slice() {
            [] => {}
            [one] => return Ok(one.key.clone()),
            several => {
                return Err(Failure::usage(format!("“{}”可以指几个{what}，请写全：{}", visible(typed), list(several.iter().copied()))));
            }
        }
    }
    Err(unknown(what, typed, names))
}

fn unknown(what: &str, typed: &str, names: &[Name]) -> Failure {
    let folded_names: Vec<(String, &Name)> = names.iter().flat_map(|name| name.folded().map(move |own| (own, name))).collect();
    let candidates: Vec<&str> = folded_names.iter().map(|(own, _)| own.as_str()).collect();
    let meant = nearest(&folded(typed), &candidates).and_then(|near| folded_names.iter().find(|(own, _)| own == near));
    let perhaps = meant.map(|(_, name)| format!("，是否想写“{}”", name.names.first().unwrap_or(&name.key))).unwrap_or_default();
    Failure::usage(format!("没有“{}”这个{what}{perhaps}\n可以写：{}", visible(typed), list(names.iter())))
}

fn list<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    names.map(Name::shown).collect::<Vec<_>>().join("、")
}

/// As names are compared: without case, width, blanks, and with `_` for `-`.
fn folded(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        '-' => '_',
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(narrow).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> Vec<Name> {
        vec![
            Name::new("province", ["省直"]),
            Name::new("十堰市", ["十堰", "shiyan"]),
            Name::new("荆州市", ["荆州", "jingzhou"]),
            Name::new("荆门市", ["荆门", "jingmen"]),
        ]
    }

    #[test]
    fn keys_names_and_beginnings_are_understood() {
        for typed in ["十堰市", "十堰", "Shiyan", "shi", " 十 堰 ", "ＳＨＩＹＡＮ", "十"] {
            assert_eq!(resolve("市州", typed, &regions()).unwrap(), "十堰市", "{typed}");
        }
        assert_eq!(resolve("类别", "small business", &[Name::new("small_business", ["服务中小微企业"])]).ok(), None);
        assert_eq!(resolve("方面", "small-business", &[Name::new("small_business", ["服务中小微企业"])]).unwrap(), "small_business");
        assert_eq!(resolve("方面", "中小微", &[Name::new("small_business", ["服务中小微企业"])]).unwrap(), "small_business");
    }

    #[test]
    fn what_is_unclear_is_told_with_the_list() {
        let said = |typed: &str| resolve("市州", typed, &regions()).unwrap_err();
        assert_eq!(said("荆").code, 2);
        assert!(said("荆").message.contains("荆州（荆州市）、荆门（荆门市）"), "{}", said("荆").message);
        assert!(said("shiyna").message.contains("是否想写“十堰”"), "{}", said("shiyna").message);
        assert!(said("上海").message.contains("没有“上海”这个市州\n可以写：省直（province）、十堰"), "{}", said("上海").message);
        assert_eq!(said("").code, 2);
    }
}
