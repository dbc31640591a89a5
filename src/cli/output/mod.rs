//! What a command prints: a table for people, JSON, JSON lines or CSV for programs.
//!
//! What came from mail is shown with control characters escaped, so that no title moves the cursor.

pub mod csv;
pub mod sheet;
pub mod table;
pub mod terminal;
mod xlsx;

use crate::report::fold::folded;
pub use crate::report::visible::{is_unseen, visible, visible_lines};
pub use sheet::{Field, Shape, sheet};
pub use table::Tone;

use super::Failure;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON array.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// RFC 4180, with a byte order mark for Excel and WPS.
    Csv,
    /// A workbook.
    Xlsx,
}

/// A column of a table whose columns are fixed: its heading, and its cell.
pub type Column<T> = (&'static str, fn(&T) -> String);

/// Prints a list whose columns are fixed. The last ones are shortened where there is no room.
pub fn list<T: Serialize>(rows: &[T], format: Format, columns: &[Column<T>]) -> Result<(), Failure> {
    let values = || rows.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>().map_err(Failure::failed);
    match format {
        Format::Table => {
            let text = fixed(rows, columns);
            if terminal::paged(&text) { Ok(()) } else { print(&text) }
        }
        Format::Json => print(&(serde_json::to_string_pretty(rows).map_err(Failure::failed)? + "\n")),
        Format::Jsonl => {
            let lines: Result<String, _> = rows.iter().map(|row| serde_json::to_string(row).map(|line| line + "\n")).collect();
            print(&lines.map_err(Failure::failed)?)
        }
        Format::Csv => {
            let values = values()?;
            let keys: Vec<&str> =
                values.first().and_then(Value::as_object).map(|row| row.keys().map(String::as_str).collect()).unwrap_or_default();
            print(&csv::csv(&keys, &values))
        }
        Format::Xlsx => Err(Failure::usage("这个列表没有 xlsx 格式，可以写：table、json、jsonl、csv")),
    }
}

fn fixed<T>(rows: &[T], columns: &[Column<T>]) -> String {
    let last = columns.len().saturating_sub(1);
    let spec = |(at, (heading, _)): (usize, &Column<T>)| table::Spec { heading, rank: 0, least: (at + 2 > last).then_some(12) };
    let specs: Vec<table::Spec> = columns.iter().enumerate().map(spec).collect();
    let cells = |row: &T| columns.iter().map(|(_, cell)| table::Cell { text: cell(row), tone: Tone::Plain }).collect();
    table::render(&specs, &rows.iter().map(cells).collect::<Vec<_>>(), terminal::width(), terminal::paint()).text
}

/// Puts a line down, made inert and folded at the terminal's width: `first` stands before it, `rest` before what is folded.
pub fn put(out: &mut String, first: &str, rest: &str, text: &str) {
    let room = |before: &str| page_width().saturating_sub(table::width_of(before));
    for (at, part) in folded(&visible(text), room(first), room(rest)).into_iter().enumerate() {
        out.extend([if at == 0 { first } else { rest }, part]);
        // A bar before an empty line leaves no blank behind it.
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

/// The same with a label before a value, which stands eight places in.
pub fn put_labelled(out: &mut String, label: &str, value: &str) {
    const VALUES: usize = 8;
    let gap = " ".repeat(VALUES.saturating_sub(table::width_of(label)));
    put(out, &format!("{label}{gap}"), &" ".repeat(VALUES), value);
}

/// Puts a text down whose lines stay lines, made inert and folded at the terminal's width.
pub fn put_text(out: &mut String, text: &str) {
    let width = page_width();
    visible_lines(text).lines().flat_map(|line| folded(line, width, width)).for_each(|line| out.extend([line, "\n"]));
}

fn page_width() -> usize {
    terminal::width().unwrap_or(usize::MAX).max(40)
}

/// Prints to standard output; a reader that went away (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// As [`print()`], page by page where it is longer than the terminal.
pub fn print_paged(text: &str) -> Result<(), Failure> {
    if terminal::paged(text) { Ok(()) } else { print(text) }
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
    super::words::minute(at)
}
