//! A tree of values into a type, with every mistake as a sentence.
//!
//! A serde deserializer: it learns each section's keys from the type itself, so that no list of keys is
//! written twice. An unknown key is noted and read over. A wrong value is noted, taken out, and the tree
//! read again, until it reads or nothing is left: so all mistakes are told at once. It doesn't know what
//! values mean together.

use super::{
    fault::{Fault, Mistake, section},
    file::{Node, Origin, Step, Value},
    problem::nearest,
};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::{
    cell::RefCell,
    collections::{BTreeSet, btree_map},
    iter::Enumerate,
};

/// A mistake before it is a sentence: where, and what to say after the place.
pub type Mistakes = BTreeSet<(Origin, String)>;

/// Reads the tree; what was reported is [`Value::Gone`] in it afterwards.
pub fn decode<T: DeserializeOwned>(root: &mut Node, mistakes: &mut Mistakes) -> Option<T> {
    loop {
        let noted = RefCell::new(std::mem::take(mistakes));
        let outcome = T::deserialize(Decoder { node: root, path: Vec::new(), noted: &noted });
        *mistakes = noted.into_inner();
        match outcome {
            Ok(read) => return Some(read),
            Err(mistake) => take_out(root, mistake, mistakes)?,
        }
    }
}

/// Notes a mistake and takes its value out of the tree; nothing where that leaves no tree.
fn take_out(root: &mut Node, mistake: Mistake, mistakes: &mut Mistakes) -> Option<()> {
    let Mistake { path, fault } = mistake;
    let already = matches!(fault, Fault::Missing(key) if is_explained(root, &path, key, mistakes));
    if !already {
        mistakes.insert((root.origin_of(&path), fault.sentence(root, &path)));
    }
    // Items of a variable's list have no place of their own: the whole list goes.
    let length = (1..=path.len()).rev().find(|length| path.get(..*length).is_some_and(|part| root.at(part).is_some()))?;
    root.at_mut(path.get(..length)?)?.value = Value::Gone;
    Some(())
}

/// Whether a key is missing only because its value was taken out, or its name is misspelt.
fn is_explained(root: &Node, path: &[Step], key: &str, mistakes: &Mistakes) -> bool {
    let Some(Value::Table(section)) = root.at(path).map(|node| &node.value) else { return false };
    let noted = |origin: &Origin| mistakes.iter().any(|(place, _)| place == origin);
    let misspelt = |(written, node): (&String, &Node)| noted(&node.origin) && nearest(written, &[key]).is_some();
    section.get(key).is_some() || section.iter().any(misspelt)
}

#[derive(Clone)]
struct Decoder<'a> {
    node: &'a Node,
    path: Vec<Step>,
    noted: &'a RefCell<Mistakes>,
}

impl<'a> Decoder<'a> {
    fn value(&self) -> &'a Value {
        match &self.node.value {
            Value::Raw(_, parsed) => parsed,
            written => written,
        }
    }

    fn step(&self, node: &'a Node, step: Option<Step>) -> Self {
        Decoder { node, path: self.path.iter().cloned().chain(step).collect(), noted: self.noted }
    }

    fn mistake(&self, fault: Fault) -> Mistake {
        Mistake::new(fault).at(&self.path)
    }

    fn text(&self) -> Result<&'a str, Mistake> {
        match (&self.node.value, self.value()) {
            (_, Value::Text(text)) => Ok(text),
            // `12345` given by a variable may be a user name as well as a number.
            (Value::Raw(raw, _), _) => Ok(raw),
            _ => Err(self.mistake(Fault::Type("带引号的文字"))),
        }
    }

    fn integer<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value() {
            Value::Integer(integer) => visitor.visit_i64::<Mistake>(*integer).map_err(|mistake| mistake.at(&self.path)),
            _ => Err(self.mistake(Fault::Type("不带引号的整数"))),
        }
    }

    fn table<V: Visitor<'a>>(self, fields: Option<&'static [&'static str]>, visitor: V) -> Result<V::Value, Mistake> {
        let Value::Table(table) = self.value() else {
            return Err(self.mistake(Fault::Type("一节（方括号里的名字，下面是键和值）")));
        };
        let path = self.path.clone();
        visitor.visit_map(Entries { of: self, entries: table.iter(), value: None, fields }).map_err(|mistake: Mistake| mistake.at(&path))
    }

    fn note_unknown(&self, key: &str, node: &Node, fields: &[&str]) {
        let here = section(&self.path);
        let sentence = match nearest(key, fields) {
            _ if key == "password" => format!("{here}不写密码本身，请改用 “password_file”、“password_env” 或 “password_command”。"),
            Some(meant) if here.is_empty() && matches!(node.value, Value::Table(_) | Value::Array(_)) => {
                format!("没有 [{key}] 这一节，是否想写 [{meant}]？")
            }
            Some(meant) => format!("{}没有 “{key}” 这个键，是否想写 “{meant}”？", inside(&here)),
            None => format!("{}没有 “{key}”，请删去；可写的有 {}。", inside(&here), fields.join("、")),
        };
        self.noted.borrow_mut().insert((node.origin.clone(), sentence));
    }
}

fn inside(section: &str) -> String {
    if section.is_empty() { String::new() } else { format!("{section}中") }
}

macro_rules! integers {
    ($($method:ident)*) => { $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> { self.integer(visitor) })* };
}

impl<'a> Deserializer<'a> for Decoder<'a> {
    type Error = Mistake;

    integers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value() {
            Value::Text(_) => self.deserialize_str(visitor),
            Value::Integer(_) => self.integer(visitor),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.table(None, visitor),
            Value::Raw(..) | Value::Gone => visitor.visit_unit(),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_borrowed_str::<Mistake>(self.text()?).map_err(|mistake| mistake.at(&self.path))
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value() {
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            _ => Err(self.mistake(Fault::Type(" true 或 false"))),
        }
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let items = match self.value() {
            Value::Array(items) => Items { items: items.iter().enumerate(), numbered: true, of: self },
            // `[digest]` is a list of one.
            Value::Table(_) => Items { items: std::slice::from_ref(self.node).iter().enumerate(), numbered: false, of: self },
            _ => return Err(self.mistake(Fault::Type("方括号里的列表，例如 [\"甲\", \"乙\"]"))),
        };
        visitor.visit_seq(items)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.table(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        self.table(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(self, _: &'static str, variants: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        let text = self.text()?;
        match variants.iter().find(|variant| **variant == text) {
            Some(variant) => visitor.visit_enum((*variant).into_deserializer()),
            None => Err(self.mistake(Fault::Variant(text.to_owned(), variants))),
        }
    }

    serde::forward_to_deserialize_any! { <W: Visitor<'a>> f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any }
}

struct Entries<'a> {
    of: Decoder<'a>,
    entries: btree_map::Iter<'a, String, Node>,
    value: Option<(&'a String, &'a Node)>,
    /// The keys that the section has; nothing where any key is right.
    fields: Option<&'static [&'static str]>,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        for (key, node) in self.entries.by_ref() {
            match self.fields {
                _ if matches!(node.value, Value::Gone) => {}
                Some(fields) if !fields.contains(&key.as_str()) => self.of.note_unknown(key, node, fields),
                _ => {
                    self.value = Some((key, node));
                    return seed.deserialize(key.as_str().into_deserializer()).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let (key, node) = self.value.take().ok_or_else(|| Mistake::new(Fault::Range))?;
        let value = self.of.step(node, Some(Step::key(key)));
        let path = value.path.clone();
        seed.deserialize(value).map_err(|mistake| mistake.at(&path))
    }
}

struct Items<'a> {
    of: Decoder<'a>,
    items: Enumerate<std::slice::Iter<'a, Node>>,
    numbered: bool,
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some((index, node)) = self.items.find(|(_, node)| !matches!(node.value, Value::Gone)) else { return Ok(None) };
        let item = self.of.step(node, self.numbered.then_some(Step::Index(index)));
        let path = item.path.clone();
        seed.deserialize(item).map(Some).map_err(|mistake| mistake.at(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::parse;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(default)]
        part: Vec<Part>,
        day: Option<jiff::civil::Date>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        name: String,
        #[serde(default)]
        size: u16,
        #[serde(default)]
        words: Vec<String>,
        #[serde(default)]
        mood: Mood,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Mood {
        #[default]
        Calm,
        Keen,
    }

    fn read(text: &str) -> (Option<Whole>, Vec<String>) {
        let mut mistakes = Mistakes::new();
        let whole = decode(&mut parse("f", text).unwrap(), &mut mistakes);
        (whole, mistakes.into_iter().map(|(origin, sentence)| format!("{}：{sentence}", origin.within("f"))).collect())
    }

    #[test]
    fn reads_what_is_right() {
        let (whole, mistakes) = read("day = 2023-06-30\n[part]\nname = \"a\"\nsize = 7\nwords = [\"x\"]\nmood = \"keen\"");
        let whole = whole.unwrap();
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(whole.day, Some(jiff::civil::date(2023, 6, 30)));
        let part = &whole.part[0];
        assert_eq!((part.name.as_str(), part.size, part.words.len(), &part.mood), ("a", 7, 1, &Mood::Keen));
    }

    #[test]
    fn tells_every_mistake_with_its_line() {
        let text = "day = \"soon\"\n[[part]]\nnmae = \"a\"\nsize = 70000\n[[part]]\nname = 1\nwords = \"x\"\nmood = \"sad\"\n\
            [[part]]\nname = \"c\"\nwords = [\"a\", 2]\nsize = \"7\"\n[prat]\n[[part]]\nsize = 1";
        let (_, mistakes) = read(text);
        assert_eq!(
            mistakes,
            [
                "f 第 1 行：“day” 不对，日期应写成 “2023-06-30” 这样。",
                "f 第 3 行：[[part]] 中没有 “nmae” 这个键，是否想写 “name”？",
                "f 第 4 行：[[part]] 的 “size” 超出了允许的范围，请改小或改成非负数。",
                "f 第 6 行：[[part]] 的 “name” 应写成带引号的文字，请改正。",
                "f 第 7 行：[[part]] 的 “words” 应写成方括号里的列表，例如 [\"甲\", \"乙\"]，请改正。",
                "f 第 8 行：[[part]] 的 “mood” 不能写 “sad”，可写 calm、keen。",
                "f 第 11 行：[[part]] 的 “words” 应写成带引号的文字，请改正。",
                "f 第 12 行：[[part]] 的 “size” 应写成不带引号的整数，请改正。",
                "f 第 13 行：没有 [prat] 这一节，是否想写 [part]？",
                "f 第 14 行：[[part]] 缺少 “name”，请补上。",
            ]
        );
    }
}
