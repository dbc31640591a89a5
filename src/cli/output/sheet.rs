//! A list whose columns can be chosen: every key of its rows, with a heading and what a table shows for it.

use super::table::{self, Cell, Spec, Tone};
use super::{Failure, Format, csv, terminal, xlsx};
use crate::config::problem::nearest;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// A key of a list's rows.
pub struct Field<T> {
    /// The key in JSON.
    pub key: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What a table shows.
    cell: fn(&T) -> String,
    /// Its place in the table, where nothing else is chosen; the higher, the sooner it is left out.
    rank: Option<u8>,
    least: Option<usize>,
    tone: fn(&T) -> Tone,
    /// Whether JSON and CSV have it too.
    is_key: bool,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> Field<T> {
    /// A key that stands in JSON, and in tables where it is asked for.
    pub const fn new(key: &'static str, heading: &'static str, cell: fn(&T) -> String) -> Self {
        Field { key, heading, cell, rank: None, least: None, tone: |_| Tone::Plain, is_key: true }
    }

    /// It stands in the table.
    pub const fn shown(mut self, rank: u8) -> Self {
        self.rank = Some(rank);
        self
    }

    /// It may be shortened to so many places.
    pub const fn elastic(mut self, least: usize) -> Self {
        self.least = Some(least);
        self
    }

    /// It has a colour.
    pub const fn toned(mut self, tone: fn(&T) -> Tone) -> Self {
        self.tone = tone;
        self
    }

    /// What a table shows of a row.
    pub fn text(&self, row: &T) -> String {
        (self.cell)(row)
    }

    /// It stands in tables only: what it says is in other keys.
    pub const fn only_shown(mut self) -> Self {
        self.is_key = false;
        self
    }
}

/// How a list is printed.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The format.
    pub format: Format,
    /// Which keys, by key or heading; none: the usual ones.
    pub keys: Vec<String>,
    /// Into a file that isn't there yet.
    pub to: Option<PathBuf>,
}

/// Prints a list; the result tells the headings that there was no room for.
pub fn sheet<T: Serialize>(rows: &[T], fields: &'static [Field<T>], shape: &Shape) -> Result<Vec<&'static str>, Failure> {
    let chosen = choose(fields, shape)?;
    let mut left_out = Vec::new();
    let bytes = match shape.format {
        Format::Table => {
            let width = if shape.to.is_some() { None } else { terminal::width() };
            let table = tabulated(rows, &chosen, width, if shape.to.is_some() { table::Paint::None } else { terminal::paint() });
            left_out = table.left_out;
            table.text.into_bytes()
        }
        // Whole rows go as they are: nothing is chosen, and nothing needs to be taken apart.
        Format::Json if shape.keys.is_empty() => pretty(rows)?,
        Format::Jsonl if shape.keys.is_empty() => lines(rows)?,
        Format::Json => pretty(&objects(rows, &chosen)?)?,
        Format::Jsonl => lines(&objects(rows, &chosen)?)?,
        Format::Csv => csv::csv(&chosen.iter().map(|field| field.key).collect::<Vec<_>>(), &objects(rows, &chosen)?).into_bytes(),
        Format::Xlsx => {
            if shape.to.is_none() && io::stdout().is_terminal() {
                return Err(Failure::usage("xlsx 不能显示在终端上，请写到文件里：--to 文件.xlsx"));
            }
            workbook(rows, &chosen)?
        }
    };
    match (&shape.to, shape.format) {
        (Some(path), _) => write_new(path, &bytes)?,
        (None, Format::Table) if std::str::from_utf8(&bytes).is_ok_and(terminal::paged) => {}
        (None, _) => super::bytes(&bytes)?,
    }
    Ok(left_out)
}

fn tabulated<T>(rows: &[T], fields: &[Field<T>], width: Option<usize>, paint: table::Paint) -> table::Table {
    let specs: Vec<Spec> =
        fields.iter().map(|field| Spec { heading: field.heading, rank: field.rank.unwrap_or(0), least: field.least }).collect();
    let cells = |row: &T| fields.iter().map(|field| Cell { text: (field.cell)(row), tone: (field.tone)(row) }).collect();
    table::render(&specs, &rows.iter().map(cells).collect::<Vec<_>>(), width, paint)
}

/// The fields that are asked for, in that order; else every key, or what a table usually shows.
fn choose<T>(fields: &'static [Field<T>], shape: &Shape) -> Result<Vec<Field<T>>, Failure> {
    let is_for_people = matches!(shape.format, Format::Table | Format::Xlsx);
    let usable = |field: &&Field<T>| is_for_people || field.is_key;
    if shape.keys.is_empty() {
        let usual = |field: &&Field<T>| if shape.format == Format::Table { field.rank.is_some() } else { usable(field) };
        return Ok(fields.iter().filter(usual).copied().collect());
    }
    let find = |name: &String| {
        let found = fields.iter().filter(usable).find(|field| field.key.eq_ignore_ascii_case(name) || field.heading == name);
        found.copied().ok_or_else(|| unknown(name, fields.iter().filter(usable)))
    };
    shape.keys.iter().map(find).collect()
}

fn unknown<'a, T: 'a>(name: &str, fields: impl Iterator<Item = &'a Field<T>>) -> Failure {
    let fields: Vec<&Field<T>> = fields.collect();
    let names: Vec<&str> = fields.iter().flat_map(|field| [field.key, field.heading]).collect();
    let perhaps = nearest(name, &names).map(|meant| format!("，是否想写“{meant}”")).unwrap_or_default();
    let all = fields.iter().map(|field| format!("{}（{}）", field.key, field.heading)).collect::<Vec<_>>().join("、");
    Failure::usage(format!("没有“{}”这一列{perhaps}\n可以写：{all}", super::visible(name)))
}

/// The rows with the chosen keys only.
fn objects<T: Serialize>(rows: &[T], fields: &[Field<T>]) -> Result<Vec<Value>, Failure> {
    rows.iter()
        .map(|row| {
            let mut whole = serde_json::to_value(row).map_err(Failure::failed)?;
            let mut take = |key: &str| whole.get_mut(key).map(Value::take).unwrap_or_default();
            Ok(Value::Object(fields.iter().map(|field| (field.key.to_owned(), take(field.key))).collect::<Map<_, _>>()))
        })
        .collect()
}

fn pretty<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(rows).map_err(Failure::failed)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn lines<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, row).map_err(Failure::failed)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn workbook<T: Serialize>(rows: &[T], fields: &[Field<T>]) -> Result<Vec<u8>, Failure> {
    let values: Vec<Value> = rows.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Failure::failed)?;
    let column = |field: &Field<T>| {
        let cell = |(row, value): (&T, &Value)| xlsx::Cell::of(value.get(field.key).unwrap_or(&Value::Null), (field.cell)(row));
        xlsx::Column { heading: field.heading, cells: rows.iter().zip(&values).map(cell).collect() }
    };
    xlsx::xlsx(&fields.iter().map(column).collect::<Vec<_>>())
}

/// Readable by its owner only, and never over another file.
pub fn write_new(path: &std::path::Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let written = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!("{} 已存在，请换一个名字", path.display())),
        _ => Failure::of_file(path.display(), "无法写入", &error),
    })?;
    eprintln!("已写入 {}", path.display());
    Ok(())
}
