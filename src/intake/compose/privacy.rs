//! Takes personal data out of a value, for letters to senders who are not proven.
//!
//! Known names and numbers are hidden wherever they stand; besides, whatever reads as a telephone or
//! identity number. It is no anonymiser: it keeps a letter from telling a stranger whom to call.

/// What stands in a hidden value's place.
const HIDDEN: &str = "＊＊＊";

/// The value without the known names and numbers, and without what looks like a telephone number.
/// Standards (`GB/T 19001-2016`), years and case numbers stay.
pub(super) fn without_personal_data(value: &str, known: &[&str]) -> String {
    let known = known.iter().map(|word| word.trim()).filter(|word| word.chars().count() > 1);
    hide_numbers(&known.fold(value.to_owned(), |text, word| text.replace(word, HIDDEN)))
}

fn hide_numbers(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut run = String::new();
    for c in value.chars() {
        if digit(c).is_some() || (!run.is_empty() && matches!(c, '-' | '－' | ' ')) {
            run.push(c);
        } else {
            out.push_str(&hidden_run(&run));
            run.clear();
            out.push(c);
        }
    }
    out + &hidden_run(&run)
}

/// A run of digits, hyphens and blanks: a number as a whole (`199 0000 9037`), or numbers beside each other.
fn hidden_run(run: &str) -> String {
    let number = run.trim_end_matches([' ', '-', '－']);
    let rest = run.strip_prefix(number).unwrap_or_default();
    if is_personal(number) {
        return format!("{HIDDEN}{rest}");
    }
    let words: Vec<&str> = number.split(' ').map(|word| if is_personal(word) { HIDDEN } else { word }).collect();
    words.join(" ") + rest
}

/// A mobile number, a landline with its area code, or a long number in one piece (an identity card's).
fn is_personal(number: &str) -> bool {
    let digits: String = number.chars().filter_map(digit).collect();
    let national = if digits.len() > 11 { digits.strip_prefix("86").unwrap_or(&digits) } else { &digits };
    let in_one_piece = number.chars().all(|c| digit(c).is_some());
    let mobile = national.len() == 11 && national.starts_with('1') && !national.starts_with("10");
    let landline = (10..=12).contains(&national.len()) && national.starts_with('0');
    mobile || landline || (in_one_piece && digits.len() >= 11)
}

/// The digit in ASCII, also of a full-width one.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_hidden() {
        for (value, shown) in [
            ("李明 199 0000 9037", "＊＊＊ ＊＊＊"),
            ("李明１９９００００９０３７.docx", "＊＊＊＊＊＊.docx"),
            ("电话0719-5526248，", "电话＊＊＊，"),
            ("+86 199-0000-9037", "+＊＊＊"),
            ("2023 19900009037 ", "2023 ＊＊＊ "),
            ("42010119900101001X", "＊＊＊X"),
        ] {
            assert_eq!(without_personal_data(value, &["李明", "张", " "]), shown);
        }
    }

    #[test]
    fn standards_years_and_case_numbers_stay() {
        for value in ["GB/T 19001-2016和ISO 9001-2015", "2022-2023年", "JCZH-2023-0001", "20230630.pdf", "YY/T 1671-2020 1676-2020", ""] {
            assert_eq!(without_personal_data(value, &[]), value);
        }
    }
}
