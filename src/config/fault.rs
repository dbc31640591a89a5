//! What reading a value complained about, as a sentence.

use super::file::{Node, Step, Value};
use serde::de::{Expected, Unexpected};
use std::fmt;

/// How a section is called: `[smtp]`, `[[mailbox]]`; nothing at the root.
pub fn section(path: &[Step]) -> String {
    let keys: Vec<&str> = path.iter().filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None }).collect();
    match path.last() {
        None => String::new(),
        Some(Step::Key(_)) => format!("[{}] ", keys.join(".")),
        Some(Step::Index(_)) => format!("[[{}]] ", keys.join(".")),
    }
}

/// What serde's visitors and this deserializer complain about.
#[derive(Debug)]
pub struct Mistake {
    /// Where.
    pub path: Vec<Step>,
    /// What.
    pub fault: Fault,
}

/// What can be wrong with one value.
#[derive(Debug)]
pub enum Fault {
    /// This key is not there.
    Missing(&'static str),
    /// It should be written as this.
    Type(&'static str),
    /// It is none of these words.
    Variant(String, &'static [&'static str]),
    /// The number doesn't fit.
    Range,
    /// The type's own words.
    Other(String),
}

impl Fault {
    /// What to tell.
    pub fn sentence(&self, root: &Node, path: &[Step]) -> String {
        if let Fault::Missing(key) = self {
            return match path {
                [] => format!("缺少 “{key}” 这一项或这一节，请补上。"),
                _ => format!("{}缺少 “{key}”，请补上。", section(path)),
            };
        }
        // An item of a plain list is spoken of by its list.
        let is_section = root.at(path).is_some_and(|node| matches!(node.value, Value::Table(_)));
        let path = match path.split_last() {
            Some((Step::Index(_), list)) if !is_section => list,
            _ => path,
        };
        let subject = match path.split_last() {
            Some((Step::Key(key), [])) => format!("“{key}” "),
            Some((Step::Key(key), parent)) => format!("{}的 “{key}” ", section(parent)),
            Some((Step::Index(_), _)) | None => section(path),
        };
        match self {
            Fault::Missing(_) => String::new(),
            Fault::Type(expected) => format!("{subject}应写成{expected}，请改正。"),
            Fault::Variant(value, allowed) => format!("{subject}不能写 “{value}”，可写 {}。", allowed.join("、")),
            Fault::Range => format!("{subject}超出了允许的范围，请改小或改成非负数。"),
            Fault::Other(message) if message.contains(|c: char| !c.is_ascii()) => format!("{subject}不对，{message}。"),
            // jiff's own words are English, and dates are all that is left to them.
            Fault::Other(_) => format!("{subject}不对，日期应写成 “2023-06-30” 这样。"),
        }
    }
}

impl Mistake {
    /// Somewhere yet unknown.
    pub fn new(fault: Fault) -> Self {
        Mistake { path: Vec::new(), fault }
    }

    /// serde's own complaints don't know where they are; the innermost place wins.
    pub fn at(mut self, path: &[Step]) -> Self {
        if self.path.is_empty() {
            self.path = path.to_vec();
        }
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Mistake {}

impl serde::de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Mistake::new(Fault::Other(message.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Mistake::new(Fault::Range)
    }

    fn missing_field(field: &'static str) -> Self {
        Mistake::new(Fault::Missing(field))
    }
}
