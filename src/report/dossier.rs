//! A case as files: names that are safe everywhere and still speak, what the record says with contacts masked, and the
//! hashes beside them.
//!
//! Names come from hostile mail: none is a path, a device of Windows or hidden, none comes twice in a folder whatever
//! the case of its letters, and all fit into 200 bytes.

use super::visible::is_unseen;
use super::words::masked_contacts;
use crate::intake::identity::sha256_hex;
use serde_json::Value;
use std::collections::BTreeSet;

/// The most bytes of a name: file systems take 255, and archives prefix it.
const NAME: usize = 200;
/// The most characters of a title in a folder's name.
const TITLE: usize = 30;

/// One file of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path within the case's folder, with `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The files of one case.
#[derive(Debug, Clone, Default)]
pub struct Dossier {
    entries: Vec<Entry>,
    taken: BTreeSet<String>,
    numbered: usize,
}

impl Dossier {
    /// Adds a file under its number and what it is: `01_申报表_第1版_申报表.docx`.
    pub fn number(&mut self, what: &str, name: &str, bytes: Vec<u8>) {
        self.numbered += 1;
        let name = format!("{:02}_{what}_{}", self.numbered, safe(name));
        self.add(&name, bytes);
    }

    /// Adds a file under a name like this one.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let name = safe(name);
        let (stem, extension) = split(&name);
        let numbered = (2..=self.entries.len() + 2).map(|n| format!("{stem}（{n}）{extension}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|path| !self.taken.contains(&path.to_lowercase()));
        if let Some(path) = free {
            self.taken.insert(path.to_lowercase());
            self.entries.push(Entry { path, bytes });
        }
    }

    /// Every file, and the list of their hashes as `sha256sum` checks it.
    pub fn into_entries(self) -> Vec<Entry> {
        let sums: String = self.entries.iter().map(|entry| format!("{}  {}\n", sha256_hex(&entry.bytes), entry.path)).collect();
        let list = Entry { path: "SHA256SUMS".to_owned(), bytes: sums.into_bytes() };
        self.entries.into_iter().chain([list]).collect()
    }
}

/// The folder of a case: `JCZH-2023-0001 以计量测试服务…`.
pub fn folder(number: &str, title: Option<&str>) -> String {
    let title: String = title.unwrap_or_default().chars().take(TITLE).collect();
    safe(format!("{number} {title}").replace(['/', '\\'], "_").trim())
}

/// A name that every file system takes.
pub fn safe(name: &str) -> String {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let shown = last.chars().filter(|c| !c.is_control() && !is_unseen(*c));
    let shown: String = shown.map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c }).collect();
    let bare = shown.trim().trim_start_matches(['.', '-', '~']).trim_end_matches(['.', ' ']).trim();
    let (stem, extension) = split(bare);
    let device = stem.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    let stem = if DEVICES.contains(&device.as_str()) { format!("_{stem}") } else { stem.to_owned() };
    let extension = if extension.len() > 16 { "" } else { extension };
    let stem = stem.get(..stem.floor_char_boundary(NAME - extension.len())).unwrap_or_default();
    if stem.is_empty() && extension.is_empty() { "未命名文件".to_owned() } else { format!("{stem}{extension}") }
}

/// A name and its extension with the dot.
fn split(name: &str) -> (&str, &str) {
    name.rfind('.').filter(|at| *at > 0).and_then(|at| name.split_at_checked(at)).unwrap_or((name, ""))
}

/// The record without whom to call: contacts' names and numbers are masked wherever the record keeps them as such, in
/// what changed and what people settled too; of who sent a mail the address stays.
pub fn masked(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let is_contact =
                object.get("field").and_then(Value::as_str).is_some_and(|field| field.starts_with("contact") || field == "phone");
            let masked = |(key, value): (String, Value)| {
                let value = match key.as_str() {
                    "contact" | "more_contacts" => hidden(value),
                    "before" | "after" | "value" if is_contact => hidden(value),
                    "from" => without_name(value),
                    _ => masked(value),
                };
                (key, value)
            };
            Value::Object(object.into_iter().map(masked).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        other => other,
    }
}

fn hidden(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(object.into_iter().map(|(key, value)| (key, hidden(value))).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(hidden).collect()),
        Value::String(text) => Value::String(masked_contacts(&text)),
        other => other,
    }
}

/// An address without the name beside it.
fn without_name(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            Value::Object(object.into_iter().map(|(key, value)| if key == "name" { (key, hidden(value)) } else { (key, value) }).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_safe_everywhere() {
        for (name, is) in [
            ("材料.zip/申报表.docx", "申报表.docx"),
            ("..\\..\\etc\\passwd", "passwd"),
            ("/", "未命名文件"),
            ("a:b*?.docx ", "a_b__.docx"),
            ("CON.txt", "_CON.txt"),
            ("com1", "_com1"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("fdp\u{202e}.exe\0", "fdp.exe"),
            ("", "未命名文件"),
        ] {
            assert_eq!(safe(name), is);
        }
        let long = safe(&format!("{}.docx", "长".repeat(200)));
        assert!(long.len() <= NAME && long.ends_with("长.docx"), "{long}");
        assert_eq!(folder("JCZH-2023-0001", Some("a/b")), "JCZH-2023-0001 a_b");
    }

    #[test]
    fn no_name_comes_twice_and_every_file_has_its_hash() {
        let mut dossier = Dossier::default();
        for name in ["证明.pdf", "证明.PDF", "a/证明.pdf"] {
            dossier.add(name, name.into());
        }
        dossier.number("申报表", "../a:b.docx", vec![]);
        dossier.number("证明材料", "奖状.jpg", vec![]);
        let entries = dossier.into_entries();
        let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["证明.pdf", "证明（2）.PDF", "证明（3）.pdf", "01_申报表_a_b.docx", "02_证明材料_奖状.jpg", "SHA256SUMS"]);
        assert_eq!(String::from_utf8_lossy(&entries[5].bytes).lines().count(), 5);
    }

    #[test]
    fn contacts_are_masked() {
        let record = json!({
            "title": "甲", "contact": {"name": "陈楚江", "phones": ["19900009037"]}, "more_contacts": [{"name": null, "phones": ["110"]}],
            "changes": [{"field": "contact", "before": null, "after": "陈楚江 19900009037"}, {"field": "title", "after": "乙 19900009037"}],
            "from": {"name": "陈楚江", "address": "a@unit.example"},
        });
        let shown = json!({
            "title": "甲", "contact": {"name": "陈**", "phones": ["199****9037"]}, "more_contacts": [{"name": null, "phones": ["****0"]}],
            "changes": [{"field": "contact", "before": null, "after": "陈** 199****9037"}, {"field": "title", "after": "乙 19900009037"}],
            "from": {"name": "陈**", "address": "a@unit.example"},
        });
        assert_eq!(masked(record), shown);
    }
}
