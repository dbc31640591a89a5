//! CSV (RFC 4180) with a byte order mark, so that Excel and WPS read it as UTF-8; nothing in it is a formula.

use serde_json::Value;

/// The keys as a head, and a line for each row; lists are joined by `;`.
pub fn csv(keys: &[&str], rows: &[Value]) -> String {
    let mut out = String::from("\u{feff}");
    out.push_str(&keys.join(","));
    out.push_str("\r\n");
    for row in rows {
        let cells: Vec<String> = keys.iter().map(|key| quoted(&inert(flat(row.get(*key).unwrap_or(&Value::Null))))).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// A value on one line; of an object the code or the address.
pub fn flat(value: &Value) -> Flat {
    let is_text = !matches!(value, Value::Null | Value::Bool(_) | Value::Number(_));
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| flat(item).text).collect::<Vec<_>>().join(";"),
        Value::Object(object) => match object.get("code").or_else(|| object.get("address")) {
            Some(key) => flat(key).text,
            None => value.to_string(),
        },
    };
    Flat { text, is_text }
}

/// A value as text, and whether it was one.
#[derive(Debug)]
pub struct Flat {
    /// The text.
    pub text: String,
    /// Not a number, which may begin with a minus.
    pub is_text: bool,
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe instead. Some skip what stands
/// before it unseen, so that is looked past.
fn inert(value: Flat) -> String {
    let is_skipped = |c: char| c.is_whitespace() || c.is_control() || super::is_unseen(c);
    let begins = value.text.starts_with(['\t', '\r', '\n'])
        || value.text.trim_start_matches(is_skipped).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '−']);
    if value.is_text && begins { format!("'{}", value.text) } else { value.text }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_has_a_mark_a_head_and_a_line_each() {
        assert_eq!(csv(&["number", "categories"], &[]), "\u{feff}number,categories\r\n");
        let rows = [json!({"number": null, "categories": ["metrology", "other"], "more": 1})];
        assert_eq!(csv(&["number", "categories"], &rows), "\u{feff}number,categories\r\n,metrology;other\r\n");
    }

    #[test]
    fn nothing_from_mail_is_a_formula() {
        for text in [
            "=1+1",
            "+1",
            "@SUM(A1)",
            "-1",
            "＝cmd",
            "＋1",
            "－1",
            "＠SUM",
            "\t=1",
            " =1",
            "\u{3000}+1",
            "\u{202e}=1",
            "\u{200b}@a",
            "\u{1}-1",
        ] {
            assert!(csv(&["a"], &[json!({"a": text})]).contains("\r\n'"), "{text:?}");
        }
        for text in ["\r=1", "\n=1", "\ta"] {
            assert!(inert(flat(&json!(text))).starts_with('\''), "{text:?}");
        }
        assert_eq!(csv(&["a"], &[json!({"a": "案例=1"})]), "\u{feff}a\r\n案例=1\r\n");
        assert_eq!(csv(&["a"], &[json!({"a": -1})]), "\u{feff}a\r\n-1\r\n");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
