//! Archives cut into volumes → whole ones, where all volumes came: `x.part1.rar`, `x.rar` with `x.r00`,
//! `x.7z.001`, `x.zip.001`, `x.zip` with `x.z01`.
//!
//! Volumes belong together by their names alone, so a set is only tried as a whole; what is missing is told.

use super::archive::Archive;
use super::{rar, seven_zip, split_zip};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Volumes of one set.
const VOLUMES: usize = 200;

static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^(.*)\.part(\d{1,4})\.(rar|exe)$").ok());
static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^(.*\.(?:7z|zip|rar|tar|tar\.gz|tgz))\.(\d{3,4})$").ok());
static OLD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)^(.*)\.([rz])(\d{2,3})$").ok());

/// How the volumes of a set are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scheme {
    /// `x.part1.rar`.
    Part,
    /// `x.7z.001`.
    Numbered,
    /// `x.rar`, `x.r00`, `x.r01`.
    OldRar,
    /// `x.z01`, `x.z02`, `x.zip`.
    SplitZip,
}

/// The place of a file in a set.
type Place = (Scheme, String, u32);

/// A set of volumes.
#[derive(Debug)]
pub(super) struct Set {
    /// The name of the whole: `材料.rar`.
    pub name: String,
    /// Where the files stood, in the order of their numbers.
    pub members: Vec<usize>,
    scheme: Scheme,
    missing: Vec<String>,
}

/// A whole archive out of a set, or why there is none.
pub(super) enum Whole<'a> {
    /// The volumes of a rar archive.
    Volumes(Vec<&'a [u8]>),
    /// The joined bytes.
    Joined(Vec<u8>),
    /// What is missing, in words.
    Missing(String),
}

/// The sets among some files.
pub(super) fn sets(names: &[&str]) -> Vec<Set> {
    let mut groups: BTreeMap<(Scheme, String), BTreeMap<u32, usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        if let Some((scheme, stem, number)) = place(name) {
            groups.entry((scheme, stem)).or_default().entry(number).or_insert(at);
        }
    }
    groups
        .into_iter()
        .filter(|(_, volumes)| volumes.len() <= VOLUMES)
        .filter_map(|((scheme, stem), volumes)| set(scheme, stem, volumes, names))
        .collect()
}

fn place(name: &str) -> Option<Place> {
    let capture = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().and_then(|pattern| pattern.captures(name));
    let text = |captures: &regex::Captures<'_>, at: usize| captures.get(at).map_or("", |found| found.as_str()).to_owned();
    if let Some(found) = capture(&PART) {
        return Some((Scheme::Part, text(&found, 1), text(&found, 2).parse().ok()?));
    }
    if let Some(found) = capture(&NUMBERED) {
        return Some((Scheme::Numbered, text(&found, 1), text(&found, 2).parse().ok()?));
    }
    let found = capture(&OLD)?;
    let number: u32 = text(&found, 3).parse().ok()?;
    match text(&found, 2).to_ascii_lowercase().as_str() {
        "r" => Some((Scheme::OldRar, text(&found, 1), number.checked_add(1)?)),
        _ => Some((Scheme::SplitZip, text(&found, 1), number)),
    }
}

/// A set with the file that has no number, and the names of those that are missing.
fn set(scheme: Scheme, stem: String, mut volumes: BTreeMap<u32, usize>, names: &[&str]) -> Option<Set> {
    let last = volumes.last_key_value().map(|(number, _)| *number)?;
    if usize::try_from(last).ok()? > VOLUMES {
        return None;
    }
    let unnumbered = |extension: &str| {
        let wanted = format!("{stem}.{extension}");
        names.iter().position(|name| name.eq_ignore_ascii_case(&wanted))
    };
    let mut missing: Vec<String> = Vec::new();
    match scheme {
        Scheme::Part => {
            missing.extend((1..last).filter(|number| !volumes.contains_key(number)).map(|number| format!("{stem}.part{number}.rar")))
        }
        Scheme::Numbered => {
            missing.extend((1..last).filter(|number| !volumes.contains_key(number)).map(|number| format!("{stem}.{number:03}")))
        }
        Scheme::OldRar => {
            match unnumbered("rar") {
                Some(at) => drop(volumes.insert(0, at)),
                None => missing.push(format!("{stem}.rar")),
            }
            missing.extend((1..last).filter(|number| !volumes.contains_key(number)).map(|number| format!("{stem}.r{:02}", number - 1)));
        }
        Scheme::SplitZip => {
            missing.extend((1..last).filter(|number| !volumes.contains_key(number)).map(|number| format!("{stem}.z{number:02}")));
            match unnumbered("zip") {
                Some(at) => drop(volumes.insert(u32::MAX, at)),
                None => missing.push(format!("{stem}.zip")),
            }
        }
    }
    let name = match scheme {
        Scheme::Part | Scheme::OldRar => format!("{stem}.rar"),
        Scheme::Numbered => stem,
        Scheme::SplitZip => format!("{stem}.zip"),
    };
    Some(Set { name, members: volumes.into_values().collect(), scheme, missing })
}

impl Set {
    /// The whole archive out of the bytes of its volumes.
    pub fn whole<'a>(&self, volumes: Vec<&'a [u8]>) -> Whole<'a> {
        if !self.missing.is_empty() {
            return Whole::Missing(format!("分卷不全，缺少{}", quoted(&self.missing)));
        }
        let joined = || volumes.concat();
        let later = || Whole::Missing("分卷不全，缺少后面的分卷".to_owned());
        match self.scheme {
            Scheme::Part | Scheme::OldRar => match rar::goes_on(&volumes) {
                Some(true) => later(),
                Some(false) | None => Whole::Volumes(volumes),
            },
            Scheme::Numbered => {
                let whole = joined();
                let short = match Archive::by_bytes(&whole) {
                    Some(Archive::SevenZip) => seven_zip::whole_size(&whole).is_some_and(|size| size > whole.len() as u64),
                    Some(Archive::Zip) => !split_zip::has_end(&whole),
                    _ => false,
                };
                if short { later() } else { Whole::Joined(whole) }
            }
            Scheme::SplitZip => match split_zip::join(&volumes) {
                Ok(whole) => Whole::Joined(whole),
                Err(count) => Whole::Missing(format!("分卷不全，应有{count}个分卷，只收到{}个", volumes.len())),
            },
        }
    }
}

fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("“{name}”")).collect();
    let rest = if names.len() > 5 { format!("等{}个", names.len()) } else { String::new() };
    format!("{}{rest}", shown.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_gathered_in_the_order_of_their_numbers() {
        let names = ["材料.part2.rar", "申报表.docx", "材料.part1.rar", "图.7z.002", "图.7z.001", "旧.r00", "旧.rar", "新.zip", "新.z01"];
        let found: Vec<(String, Vec<usize>)> = sets(&names).into_iter().map(|set| (set.name, set.members)).collect();
        let expected = [("材料.rar", vec![2, 0]), ("图.7z", vec![4, 3]), ("旧.rar", vec![6, 5]), ("新.zip", vec![8, 7])];
        assert_eq!(found, expected.map(|(name, members)| (name.to_owned(), members)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = |names: &[&str]| match sets(names)[0].whole(Vec::new()) {
            Whole::Missing(what) => what,
            Whole::Volumes(_) | Whole::Joined(_) => String::new(),
        };
        assert_eq!(told(&["材料.part3.rar"]), "分卷不全，缺少“材料.part1.rar”、“材料.part2.rar”");
        assert_eq!(told(&["材料.z01"]), "分卷不全，缺少“材料.zip”");
        assert_eq!(told(&["材料.r00"]), "分卷不全，缺少“材料.rar”");
        assert_eq!(told(&["材料.7z.003", "材料.7z.001"]), "分卷不全，缺少“材料.7z.002”");
    }

    #[test]
    fn hostile_numbers_make_no_set() {
        assert!(sets(&["a.part9999.rar"]).is_empty());
    }
}
