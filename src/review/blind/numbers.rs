//! Numbers of telephones, however they are written.

use super::PHONE;

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A run of digits as telephones are written, with hyphens or brackets in between.
pub(super) fn numbers(text: &str, phones: &[String]) -> Vec<(usize, usize, &'static str)> {
    let mut found = Vec::new();
    let mut run: Option<(usize, usize, String)> = None;
    let mut close = |run: &mut Option<(usize, usize, String)>| {
        if let Some((start, end, number)) = run.take()
            && is_phone(&number, phones)
        {
            found.push((start, end, PHONE));
        }
    };
    for (at, c) in text.char_indices() {
        match (&mut run, c) {
            (Some((_, end, number)), '0'..='9') => {
                *end = at + 1;
                number.push(c);
            }
            (None, '0'..='9') => run = Some((at, at + 1, c.to_string())),
            // Nothing else may stand between, and only once.
            (Some((_, end, _)), '-' | '(' | ')' | '—' | '/' | '转') if at == *end => *end = at + c.len_utf8(),
            (Some(_), _) => close(&mut run),
            (None, _) => {}
        }
    }
    close(&mut run);
    found
}

fn is_phone(number: &str, phones: &[String]) -> bool {
    let second = number.chars().nth(1).unwrap_or_default();
    let is_mobile = number.len() == 11 && number.starts_with('1') && ('3'..='9').contains(&second);
    let is_landline = number.starts_with('0') && (10..=16).contains(&number.len());
    let is_service = number.len() == 10 && (number.starts_with("400") || number.starts_with("800"));
    // The local number stands alone as often as with its area code.
    let is_known = phones
        .iter()
        .any(|phone| number.contains(phone.as_str()) || (number.len() >= 7 && phone.starts_with('0') && phone.contains(number)));
    is_mobile || is_landline || is_service || is_known
}
