//! TOML text into a tree whose every value knows where it was written.
//!
//! TOML 1.1 by the `toml` crate. It reports all syntax errors of a file; it does not know any key.

use super::problem::ConfigError;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A line of the file, counted from 1.
    Line(usize),
    /// An environment variable.
    Variable(String),
}

impl Origin {
    /// How a sentence begins: `config/zhihui.toml 第 12 行`.
    pub fn within(&self, file: &str) -> String {
        match self {
            Origin::Line(line) => format!("{file} 第 {line} 行"),
            Origin::Variable(name) => format!("环境变量 {name}"),
        }
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it was written.
    pub origin: Origin,
    /// What was written.
    pub value: Value,
}

/// What was written.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string; also a date, which TOML may write without quotes.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A list.
    Array(Vec<Node>),
    /// A section.
    Table(BTreeMap<String, Node>),
    /// An environment variable's value, as it stands and as TOML has it: which counts depends on the key.
    Raw(String, Box<Value>),
    /// Reported already: read as if it were not there.
    Gone,
}

/// One step from the root to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a table.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl Step {
    /// A step by key.
    pub fn key(key: &str) -> Self {
        Step::Key(key.to_owned())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "{}", index.saturating_add(1)),
        }
    }
}

impl Node {
    /// The node at the end of a path, if it was written.
    pub fn at(&self, path: &[Step]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| match (step, &node.value) {
            (Step::Key(key), Value::Table(table)) => table.get(key),
            (Step::Index(index), Value::Array(list)) => list.get(*index),
            _ => None,
        })
    }

    /// The same, to change it.
    pub fn at_mut(&mut self, path: &[Step]) -> Option<&mut Node> {
        path.iter().try_fold(self, |node, step| match (step, &mut node.value) {
            (Step::Key(key), Value::Table(table)) => table.get_mut(key),
            (Step::Index(index), Value::Array(list)) => list.get_mut(*index),
            _ => None,
        })
    }

    /// The nearest place that was written on the way to a path.
    pub fn origin_of(&self, path: &[Step]) -> Origin {
        (0..=path.len())
            .rev()
            .filter_map(|length| self.at(path.get(..length)?))
            .map(|node| node.origin.clone())
            .next()
            .unwrap_or(Origin::Line(1))
    }
}

/// Parses a file's text; `name` is what sentences call the file.
pub fn parse(name: &str, text: &str) -> Result<Node, ConfigError> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of_text(text);
    let sentences: BTreeSet<(usize, &str)> =
        errors.iter().map(|error| (lines.of(error.span().unwrap_or_default()), advice(error.message()))).collect();
    ConfigError::all(sentences.into_iter().map(|(line, advice)| format!("{}：{advice}。", Origin::Line(line).within(name))).collect())?;
    Ok(Node { origin: Origin::Line(1), value: table(&lines, root.into_inner()) })
}

/// Reads an environment variable's value as TOML would, if it is TOML.
pub fn parse_value(text: &str) -> Option<Value> {
    DeValue::parse(text).ok().map(|parsed| value(&Lines::of_text(text), parsed.into_inner()))
}

/// The parser's own words are English.
fn advice(message: &str) -> &'static str {
    let about = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if about(&["duplicate"]) {
        "这一键或这一节前面已经写过，请删去一处，[[mailbox]] 和 [[digest]] 写多节时用双方括号"
    } else if about(&["must be quoted"]) {
        "等号后面的文字要加双引号，请补上"
    } else if about(&["date", "time"]) {
        "没有这样的日期或时间，请改正"
    } else if about(&["array", "table", "bracket"]) {
        "方括号或花括号没有成对，请补上或删去"
    } else if about(&["string", "quote"]) {
        "引号没有成对，请补上或删去"
    } else {
        "不合 TOML 的写法，请检查等号、引号和括号"
    }
}

/// Where lines end: counted once, since every value asks.
struct Lines(Vec<usize>);

impl Lines {
    fn of_text(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line in which something begins, from 1.
    fn of(&self, span: Range<usize>) -> usize {
        self.0.partition_point(|end| *end < span.start).saturating_add(1)
    }
}

fn table(lines: &Lines, table: DeTable<'_>) -> Value {
    let entry = |(key, entry): (Spanned<_>, Spanned<_>)| {
        let origin = Origin::Line(lines.of(key.span()));
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        (key.into_owned(), Node { origin, value: value(lines, entry.into_inner()) })
    };
    Value::Table(table.into_iter().map(entry).collect())
}

fn value(lines: &Lines, value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(string) => Value::Text(string.into_owned()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map(Value::Integer).unwrap_or_else(|_| Value::Text(integer.to_string()))
        }
        DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(boolean) => Value::Boolean(boolean),
        DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
        DeValue::Array(list) => {
            let node = |item: Spanned<DeValue<'_>>| {
                let origin = Origin::Line(lines.of(item.span()));
                Node { origin, value: self::value(lines, item.into_inner()) }
            };
            Value::Array(list.into_iter().map(node).collect())
        }
        DeValue::Table(inner) => table(lines, inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let root = parse("f", "[a]\nx = 1\n\n[[b]]\ny = 2\n[[b]]\ny = [\n 3,\n 4]\nz.t = 2023-06-30").unwrap();
        let origin = |path: &[Step]| root.at(path).unwrap().origin.clone();
        assert_eq!(origin(&[Step::key("a"), Step::key("x")]), Origin::Line(2));
        assert_eq!(origin(&[Step::key("b"), Step::Index(0)]), Origin::Line(4));
        assert_eq!(origin(&[Step::key("b"), Step::Index(1)]), Origin::Line(6));
        assert_eq!(origin(&[Step::key("b"), Step::Index(1), Step::key("y"), Step::Index(1)]), Origin::Line(9));
        assert!(
            matches!(&root.at(&[Step::key("b"), Step::Index(1), Step::key("z"), Step::key("t")]).unwrap().value, Value::Text(date) if date == "2023-06-30")
        );
    }

    #[test]
    fn all_syntax_errors_at_once() {
        let error = parse("config/zhihui.toml", "a = \nb = 1\nc = ]\n[d]\n[d]\n").unwrap_err();
        let lines: Vec<_> = error.problems().iter().map(|problem| problem.split('：').next().unwrap()).collect();
        assert_eq!(lines, ["config/zhihui.toml 第 1 行", "config/zhihui.toml 第 3 行", "config/zhihui.toml 第 5 行"], "{error}");
        assert!(error.problems()[0].contains("要加双引号") && error.problems()[2].contains("前面已经写过"), "{error}");
    }
}
