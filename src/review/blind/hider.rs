//! Looks for everything that tells whose a text is, and puts something else in its place.

use super::folded::{Folded, replaced};
use super::numbers::{digits, numbers};
use super::patterns::{PATTERNS, Patterns};
use super::whose::{is_plain, named, people, units};
use super::{Hiding, LEFT_OUT, PERSON, PLACE, Rules, UNIT, names};
use crate::model::reading::CaseReading;
use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

/// What is looked for.
pub(super) struct Hider {
    words: AhoCorasick,
    labels: Vec<&'static str>,
    patterns: &'static Patterns,
    hiding: Hiding,
    phones: Vec<String>,
}

impl Hider {
    pub fn new(case: &CaseReading, senders: &[String], rules: &Rules<'_>) -> Result<Hider, String> {
        let Rules { roster, regions, hiding, .. } = *rules;
        let mut words: Vec<(String, &'static str)> = rules.masks.iter().map(|word| (word.clone(), LEFT_OUT)).collect();
        if hiding == Hiding::Blind {
            units(case, roster, regions, &mut words);
            let places = regions
                .regions
                .iter()
                .flat_map(|region| [&region.name, &region.short].into_iter().chain(&region.aliases).chain(&region.counties));
            words.extend(places.map(|place| (place.clone(), PLACE)));
            let own = regions.provincial_names.iter().filter(|name| name.chars().count() >= 4);
            words.extend(own.map(|name| (name.clone(), UNIT)));
        }
        let contacts = || std::iter::once(&case.contact).chain(&case.more_contacts);
        people(contacts().filter_map(|contact| contact.name.as_deref()), &mut words);
        for sender in senders {
            for (name, is_unit) in named(sender) {
                match is_unit {
                    false => people(std::iter::once(name.as_str()), &mut words),
                    true if hiding == Hiding::Blind && !is_plain(&name) => words.push((name, UNIT)),
                    true => {}
                }
            }
        }
        let mut words: Vec<(String, &str)> = words.into_iter().map(|(word, label)| (Folded::of(&word).text, label)).collect();
        words.retain(|(word, _)| word.chars().count() >= 2);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words.iter().map(|(word, _)| word));
        let patterns = PATTERNS.as_ref().map_err(Clone::clone)?;
        Ok(Hider {
            words: automaton.map_err(|error| error.to_string())?,
            labels: words.iter().map(|(_, label)| *label).collect(),
            patterns,
            hiding,
            phones: contacts().flat_map(|contact| &contact.phones).map(|phone| digits(phone)).filter(|phone| phone.len() >= 7).collect(),
        })
    }

    pub fn hide(&self, text: &str) -> String {
        let by_shape = |text: String, patterns: &[(Regex, &'static str)]| {
            patterns.iter().fold(text, |text, (pattern, label)| {
                replaced(&text, |folded| pattern.find_iter(&folded.text).map(|found| (found.start(), found.end(), *label)).collect())
            })
        };
        let text = by_shape(text.to_owned(), &self.patterns.addresses);
        // Words before what looks like a unit: that begins with a place, which is gone by then.
        let text = replaced(&text, |folded| {
            let words = self
                .words
                .find_iter(&folded.text)
                .map(|found| (found.start(), found.end(), self.labels.get(found.pattern().as_usize()).copied().unwrap_or(UNIT)));
            words.chain(numbers(&folded.text, &self.phones)).collect()
        });
        let text = by_shape(text, &self.patterns.always);
        let text = if self.hiding == Hiding::Blind { by_shape(text, std::slice::from_ref(&self.patterns.unit)) } else { text };
        // A line at a time: what stands at the end of one says nothing of the next. Units are gone by then.
        let named = |line: &str| replaced(line, |folded| names::look(&folded.text).sure.iter().map(|(a, b)| (*a, *b, PERSON)).collect());
        text.split_inclusive('\n').map(named).collect()
    }

    /// What is left that looks like a unit.
    pub fn doubtful(&self, text: &str) -> Vec<String> {
        let mut found: Vec<String> = self.patterns.ends.find_iter(text).map(|found| found.as_str().to_owned()).collect();
        settle(&mut found);
        found
    }

    /// What is left that may be somebody's name.
    pub fn perhaps_people(&self, text: &str) -> Vec<String> {
        let mut found: Vec<String> = text.lines().flat_map(|line| names::look(&Folded::of(line).text).unsure).collect();
        settle(&mut found);
        found
    }
}

/// So many that somebody looks at them.
fn settle(found: &mut Vec<String>) {
    const MOST: usize = 8;
    found.sort();
    found.dedup();
    found.truncate(MOST);
}
