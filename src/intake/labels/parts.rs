//! Labels that no list names, made of the words that labels are made of: 案例主标题, 对接人及电话, 单位审批意见.

use super::Field;
use crate::intake::text;
use crate::model::campaign::LabelWords;
use std::collections::BTreeMap;

/// The longest label, in characters that count for its key.
pub(in crate::intake) const LONGEST: usize = 20;

/// What a word says about the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Case,
    Act,
    Unit,
    Name,
    Title,
    Category,
    Person,
    Leader,
    Phone,
    Text,
    Proof,
    Material,
    Opinion,
    Together,
    Recommend,
    Beside,
}

/// The words of a campaign's labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    /// Each word's key and kind by its first character, the longest first.
    words: BTreeMap<char, Vec<(String, Kind)>>,
}

/// Which kinds of words a label is made of, and which one ends it.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    kinds: u32,
    last: Option<Kind>,
}

impl Parts {
    /// Takes the words of a campaign file.
    pub(super) fn new(words: &LabelWords) -> Parts {
        let groups = [
            (Kind::Case, &words.case),
            (Kind::Act, &words.act),
            (Kind::Unit, &words.unit),
            (Kind::Name, &words.name),
            (Kind::Title, &words.title),
            (Kind::Category, &words.category),
            (Kind::Person, &words.person),
            (Kind::Leader, &words.leader),
            (Kind::Phone, &words.phone),
            (Kind::Text, &words.text),
            (Kind::Proof, &words.proof),
            (Kind::Material, &words.material),
            (Kind::Opinion, &words.opinion),
            (Kind::Together, &words.together),
            (Kind::Recommend, &words.recommend),
            (Kind::Beside, &words.beside),
        ];
        let mut words: BTreeMap<char, Vec<(String, Kind)>> = BTreeMap::new();
        for (key, kind) in groups.iter().flat_map(|(kind, words)| words.iter().map(|word| (text::key(word), *kind))) {
            if let Some(first) = key.chars().next() {
                words.entry(first).or_default().push((key, kind));
            }
        }
        words.values_mut().for_each(|words| words.sort_by_key(|(key, _)| std::cmp::Reverse(key.len())));
        Parts { words }
    }

    /// The field of a label, if its key is made of known words and nothing else.
    pub(super) fn field(&self, key: &str) -> Option<Field> {
        let mut made: Vec<(usize, Made)> = vec![(key.len(), Made::default())];
        for (at, first) in key.char_indices().rev() {
            let rest = key.get(at..)?;
            let fitting = self.words.get(&first).into_iter().flatten().filter(|(word, _)| rest.starts_with(word.as_str()));
            let found = fitting.filter_map(|(word, kind)| Some((kind, made.iter().find(|(end, _)| *end == at + word.len())?.1))).next();
            if let Some((kind, behind)) = found {
                made.push((at, Made { kinds: behind.kinds | 1 << *kind as u32, last: behind.last.or(Some(*kind)) }));
            }
        }
        made.last().filter(|(at, _)| *at == 0).and_then(|(_, made)| made.field())
    }
}

impl Made {
    fn has(self, kind: Kind) -> bool {
        self.kinds & (1 << kind as u32) != 0
    }

    /// What the words together announce.
    fn field(self) -> Option<Field> {
        let has = |kind| self.has(kind);
        let of_person = has(Kind::Person) && !matches!(self.last, Some(Kind::Unit | Kind::Name));
        let anothers = has(Kind::Recommend) && !has(Kind::Act);
        match () {
            () if has(Kind::Opinion) && anothers => Some(Field::Other),
            () if has(Kind::Opinion) => (has(Kind::Unit) || has(Kind::Act)).then_some(Field::Opinion),
            () if has(Kind::Phone) && has(Kind::Leader) && !has(Kind::Person) => Some(Field::Other),
            () if has(Kind::Person) && !of_person => Some(Field::Other),
            () if has(Kind::Phone) => Some(if of_person { Field::Contact } else { Field::ContactPhone }),
            () if of_person => Some(Field::ContactName),
            () if has(Kind::Proof) => (has(Kind::Material) || has(Kind::Case)).then_some(Field::Materials),
            () if has(Kind::Category) && has(Kind::Unit) => Some(Field::Other),
            () if has(Kind::Category) => Some(Field::Category),
            () if has(Kind::Unit) && anothers => Some(Field::Other),
            () if has(Kind::Unit) && has(Kind::Text) => Some(Field::Other),
            () if has(Kind::Unit) && has(Kind::Together) => Some(Field::JointUnit),
            () if has(Kind::Unit) => (has(Kind::Act) || has(Kind::Case) || has(Kind::Name)).then_some(Field::Unit),
            () if has(Kind::Title) || has(Kind::Name) && has(Kind::Case) => Some(Field::Title),
            () if has(Kind::Text) => has(Kind::Case).then_some(Field::Introduction),
            () => None,
        }
    }
}
