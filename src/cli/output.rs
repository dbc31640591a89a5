//! What a command prints: a table for people, JSON, JSON lines or CSV for programs.
//!
//! What came from mail is shown with control characters escaped, so that no title moves the cursor.

use super::Failure;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// RFC 4180, with a byte order mark for Excel and WPS.
    Csv,
}

/// A column of the table: its heading, and its cell.
pub type Column<T> = (&'static str, fn(&T) -> String);

/// Prints a list.
pub fn list<T: Serialize>(rows: &[T], format: Format, columns: &[Column<T>]) -> Result<(), Failure> {
    let text = match format {
        Format::Table => table(rows, columns),
        Format::Json => serde_json::to_string_pretty(rows).map_err(Failure::failed)? + "\n",
        Format::Jsonl => {
            rows.iter().map(|row| serde_json::to_string(row).map(|line| line + "\n")).collect::<Result<_, _>>().map_err(Failure::failed)?
        }
        Format::Csv => csv(rows)?,
    };
    print(&text)
}

/// Prints to standard output; a reader that went away (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// As [`print()`], for what need not be text.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::failed(format!("结果无法输出：{error}"))),
    }
}

/// An instant as a table shows it: to the minute.
pub fn minute(at: &str) -> String {
    at.get(..16).unwrap_or_default().replace('T', " ")
}

fn table<T>(rows: &[T], columns: &[Column<T>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_width(160);
    }
    table.set_header(columns.iter().map(|(heading, _)| *heading));
    for row in rows {
        table.add_row(columns.iter().map(|(_, cell)| visible(&cell(row))));
    }
    format!("{table}\n")
}

/// As [`visible`], but lines stay lines.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Control and direction characters as escapes: a terminal obeys none of them.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            c if c.is_control() || turns(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Columns are the objects' keys; lists are joined by `;`.
fn csv<T: Serialize>(rows: &[T]) -> Result<String, Failure> {
    let values: Vec<Value> = rows.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Failure::failed)?;
    let keys: Vec<&String> = values.first().and_then(Value::as_object).map(|object| object.keys().collect()).unwrap_or_default();
    let mut out = String::from("\u{feff}");
    out.push_str(&keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(","));
    out.push_str("\r\n");
    for value in &values {
        let cells: Vec<String> = keys.iter().map(|key| quoted(&flat(value.get(key.as_str()).unwrap_or(&Value::Null)))).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    Ok(out)
}

fn flat(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => inert(text),
        Value::Array(items) => inert(&items.iter().map(flat).collect::<Vec<_>>().join(";")),
        Value::Object(object) => match object.get("code").or_else(|| object.get("address")) {
            Some(key) => flat(key),
            None => inert(&value.to_string()),
        },
    }
}

/// A text that a spreadsheet would take for a formula begins with an apostrophe instead. Some skip what stands
/// before it unseen, so that is looked past.
fn inert(text: &str) -> String {
    let seen = text
        .trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || turns(c) || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}'));
    let formula =
        text.starts_with(['\t', '\r', '\n']) || seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−', '﹣', '﹢', '﹦', '﹫']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// Whether it changes the direction of what follows (Unicode TR 9).
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_mail_reaches_the_terminal_or_a_spreadsheet_raw() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c d");
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝cmd",
            "＋1",
            "－1",
            "＠SUM",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{feff}=1",
            "\u{202e}\u{3000}=1",
        ] {
            assert!(inert(text).starts_with('\''), "{text:?}");
        }
        assert_eq!([inert("案例=1"), inert(" 案例"), inert("")], ["案例=1", " 案例", ""]);
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn csv_has_a_mark_a_head_and_a_line_each() {
        #[derive(Serialize)]
        struct Row {
            number: Option<&'static str>,
            categories: Vec<&'static str>,
        }
        let csv = csv(&[Row { number: None, categories: vec!["metrology", "other"] }]).unwrap();
        assert_eq!(csv, "\u{feff}number,categories\r\n,metrology;other\r\n");
    }
}
