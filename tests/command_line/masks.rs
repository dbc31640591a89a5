//! What differs from run to run, in signs that take as much room: instants of the run, hashes, Message-IDs, names of files.

use regex::{Captures, Regex};

/// The output without what no two runs do alike.
pub fn masked(text: &str) -> String {
    let zeros = |text: &str, is_masked: fn(char) -> bool| -> String { text.chars().map(|c| if is_masked(c) { '0' } else { c }).collect() };
    // A name may be folded: the line goes on below, indented.
    let text = replaced(r"(\.example-)((?:[0-9a-f]|\n +)+)", text, |found| format!("{}{}", &found[1], zeros(&found[2], is_hex)));
    let text =
        replaced(r"(zhihui\.(?:\n +)?)((?:[0-9a-f](?:\n +)?){2,})", &text, |found| format!("{}{}", &found[1], zeros(&found[2], is_hex)));
    let text = replaced(r"[0-9a-f]{12,}", &text, |found| zeros(&found[0], is_hex));
    let text =
        replaced(r"20(2[5-9]|[3-9]\d)-\d\d-\d\d((?:T| |\n +)\d\d:\d\d(:\d\d)?)?", &text, |found| zeros(&found[0], |c| c.is_ascii_digit()));
    let text = replaced(r"20(2[5-9]|[3-9]\d)年\d{1,2}月\d{1,2}日( \d{1,2}:\d\d)?", &text, |_| "0000年00月00日".to_owned());
    // The table of working days is asked to be continued in the last weeks of its last year.
    text.lines().filter(|line| !line.contains("工作日表")).map(|line| format!("{line}\n")).collect()
}

fn is_hex(c: char) -> bool {
    c.is_ascii_digit() || ('a'..='f').contains(&c)
}

fn replaced(pattern: &str, text: &str, with: impl Fn(&Captures<'_>) -> String) -> String {
    Regex::new(pattern).expect("a pattern").replace_all(text, with).into_owned()
}

#[test]
fn only_what_differs_from_run_to_run_is_masked() {
    for (said, kept) in [
        ("已发 2026-11-27 04:53:07，收到 2023-06-28 23:00:00", "已发 0000-00-00 00:00:00，收到 2023-06-28 23:00:00"),
        ("2026-11-27\n    04:53:07", "0000-00-00\n    00:00:00"),
        ("SHA-256：9f3a5c0e7d21b84f6a03", "SHA-256：00000000000000000000"),
        ("./replies/zhihui.1a\n    2b@zhihui.example-3c\n    4d.eml", "./replies/zhihui.00\n    00@zhihui.example-00\n    00.eml"),
        ("案例 JCZH-2023-0001，12处，电话199****1001", "案例 JCZH-2023-0001，12处，电话199****1001"),
    ] {
        assert_eq!(masked(said).trim_end(), kept);
    }
}
