//! The golden pairs of `fixtures/mail`, and how an answer is compared with what the program says.
//!
//! The rules stand in `fixtures/README.md`: an answer is partial, and `defects` are a set.

use serde_json::{Map, Value};
use std::{fs, path::Path};

/// A mail and its right answer.
pub struct Pair {
    /// `NNN-what`.
    pub name: String,
    /// The raw message.
    pub mail: Vec<u8>,
    /// The right answer, in part.
    pub answer: Value,
}

/// Every pair, by name; a mail without an answer, or the reverse, fails the test.
pub fn pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let entries = fs::read_dir(&folder).expect("fixtures/mail is there");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("ASCII")).collect();
    names.sort();
    let (mails, answers): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.ends_with(".eml"));
    let stems = |names: &[&String]| -> Vec<String> {
        names.iter().filter_map(|name| name.rsplit_once('.')).map(|(stem, _)| stem.to_owned()).collect()
    };
    assert_eq!(stems(&mails), stems(&answers), "every mail has an answer and every answer a mail");
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let answer = |name: &str| serde_json::from_slice(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    stems(&mails)
        .into_iter()
        .map(|name| Pair { mail: read(&format!("{name}.eml")), answer: answer(&format!("{name}.json")), name })
        .collect()
}

/// What is wrong in `actual`, a line each; empty where the answer holds.
pub fn differences(answer: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", answer, actual, &mut found);
    found
}

fn compare(place: &str, answer: &Value, actual: &Value, found: &mut Vec<String>) {
    match (answer, actual) {
        (_, Value::Array(actual)) if place.ends_with(".defects") => compare_defects(place, answer, actual, found),
        (Value::Object(answer), Value::Object(actual)) => {
            for (key, value) in answer {
                match actual.get(key) {
                    Some(actual) => compare(&format!("{place}.{key}"), value, actual, found),
                    None => found.push(format!("{place}.{key}: the key is not there")),
                }
            }
        }
        (Value::Array(answer), Value::Array(actual)) if answer.len() == actual.len() => {
            for (index, (answer, actual)) in answer.iter().zip(actual).enumerate() {
                compare(&format!("{place}[{index}]"), answer, actual, found);
            }
        }
        _ if answer == actual => {}
        _ => found.push(format!("{place}: {actual} is not {answer}")),
    }
}

fn compare_defects(place: &str, answer: &Value, actual: &[Value], found: &mut Vec<String>) {
    let none = Vec::new();
    let list = |key: &str| answer.get(key).and_then(Value::as_array).unwrap_or(&none);
    let (with, without) = (answer.as_array().unwrap_or_else(|| list("with")), list("without"));
    let matches = |wanted: &Value, defect: &Value| {
        let wanted = wanted.as_object().map_or_else(|| Map::from_iter([("code".to_owned(), wanted.clone())]), Clone::clone);
        wanted.iter().all(|(key, value)| defect.get(key) == Some(value))
    };
    let missing = with.iter().filter(|wanted| !actual.iter().any(|defect| matches(wanted, defect)));
    found.extend(missing.map(|wanted| format!("{place}: {wanted} is not there")));
    let forbidden = |defect: &Value| {
        let is_wanted = with.iter().any(|wanted| matches(wanted, defect));
        without.iter().any(|wanted| matches(wanted, defect)) || (answer.is_array() && !is_wanted)
    };
    found.extend(actual.iter().filter(|defect| forbidden(defect)).map(|defect| format!("{place}: {defect} is too much")));
}
