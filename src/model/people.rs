//! People where they need not be known: names of which only the head is shown, and texts without those of certain people.

use super::audit::without_numbers;
use std::collections::BTreeSet;

/// `张**`: the family name, which is one character but for a few.
pub fn masked_name(name: &str) -> String {
    const DOUBLE: [&str; 8] = ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "令狐"];
    let shown = if DOUBLE.iter().any(|double| name.starts_with(double)) { 2 } else { 1 };
    let head: String = name.chars().take(shown).collect();
    if head.is_empty() { String::new() } else { format!("{head}**") }
}

/// A text without the names of these people, and without numbers to call: `张**来电更正`. Of two names the longer goes first.
pub fn without_people(text: &str, names: &BTreeSet<String>) -> String {
    let mut names: Vec<&String> = names.iter().filter(|name| name.chars().count() > 1).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    without_numbers(&names.into_iter().fold(text.to_owned(), |text, name| text.replace(name.as_str(), &masked_name(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_left_out_of_what_somebody_wrote() {
        let names = ["李明".to_owned(), "李明华".to_owned(), "王".to_owned()].into();
        assert_eq!(without_people("李明华来电，李明 19900009037 更正，王主任同意", &names), "李**来电，李** 199****037 更正，王主任同意");
    }
}
