//! Environment variables onto the tree of a configuration file: `ZHIHUI__SECTION__KEY=value`.
//!
//! Of a section that may stand several times, the only one needs no name (`ZHIHUI__MAILBOX__HOST`);
//! otherwise its number from 1 or its `name` stands between (`ZHIHUI__MAILBOX__2__HOST`). Whether the key
//! exists is found when the tree is read.

use super::{
    decode::Mistakes,
    file::{Node, Origin, Value, parse_value},
};
use std::collections::BTreeMap;

const PREFIX: &str = "ZHIHUI__";
/// The sections that may stand several times.
const LISTS: [&str; 2] = ["mailbox", "digest"];

/// Lays the variables over the tree; those that have no place in it are noted.
pub fn apply(root: &mut Node, variables: &[(String, String)], mistakes: &mut Mistakes) {
    let Value::Table(sections) = &mut root.value else { return };
    sections.iter_mut().filter(|(name, _)| LISTS.contains(&name.as_str())).for_each(|(_, section)| make_list(section));
    for (name, value) in variables {
        if let Some(rest) = name.strip_prefix(PREFIX) {
            let origin = Origin::Variable(name.clone());
            let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
            if let Err(sentence) = set(sections, &path, &origin, value) {
                mistakes.insert((origin, sentence));
            }
        }
    }
}

/// `[digest]` is a list of one.
fn make_list(section: &mut Node) {
    if matches!(section.value, Value::Table(_)) {
        section.value = Value::Array(vec![section.clone()]);
    }
}

fn set(sections: &mut BTreeMap<String, Node>, path: &[String], origin: &Origin, value: &str) -> Result<(), String> {
    let shape = || "应写成 ZHIHUI__SECTION__KEY，例如 ZHIHUI__SMTP__HOST，请改名。".to_owned();
    let [section, between @ .., key] = path else { return Err(shape()) };
    if path.iter().any(String::is_empty) {
        return Err(shape());
    }
    let node = sections.entry(section.clone()).or_insert_with(|| empty(section, origin));
    let section = match (LISTS.contains(&section.as_str()), between) {
        (true, []) => chosen(node, section, None)?,
        (true, [choice]) => chosen(node, section, Some(choice))?,
        (false, []) => node,
        _ => return Err(shape()),
    };
    let Value::Table(keys) = &mut section.value else { return Err(shape()) };
    let parsed = parse_value(value).unwrap_or_else(|| Value::Text(value.to_owned()));
    keys.insert(key.clone(), Node { origin: origin.clone(), value: Value::Raw(value.to_owned(), Box::new(parsed)) });
    Ok(())
}

fn empty(section: &str, origin: &Origin) -> Node {
    let mut node = Node { origin: origin.clone(), value: Value::Table(BTreeMap::new()) };
    if LISTS.contains(&section) {
        make_list(&mut node);
    }
    node
}

/// The one of a list's sections that is meant.
fn chosen<'a>(list: &'a mut Node, section: &str, choice: Option<&str>) -> Result<&'a mut Node, String> {
    let Value::Array(items) = &mut list.value else { return Err(format!("文件里的 {section} 应写成 [[{section}]]，请改正。")) };
    let index = match (choice, items.len()) {
        (None, 1) => Some(0),
        (None, count) => {
            let example = section.to_uppercase();
            return Err(format!("[[{section}]] 有 {count} 节，请写明编号或名称，例如 ZHIHUI__{example}__1__KEY。"));
        }
        (Some(choice), _) => match choice.parse::<usize>() {
            Ok(number) => number.checked_sub(1),
            Err(_) => items.iter().position(|item| is_named(item, choice)),
        },
    };
    let known = index.and_then(|index| items.get_mut(index));
    known.ok_or_else(|| format!("没有编号或名称为 “{}” 的 [[{section}]]，请改名。", choice.unwrap_or_default()))
}

/// Names of variables have no hyphens and, by custom, no lower case.
fn is_named(item: &Node, choice: &str) -> bool {
    let Value::Table(keys) = &item.value else { return false };
    let name = match keys.get("name").map(|name| &name.value) {
        Some(Value::Text(name)) => name.as_str(),
        _ => "main",
    };
    let plain = |text: &str| text.to_lowercase().replace(['-', '.', ' '], "_");
    plain(name) == plain(choice)
}
