//! A list as a workbook for Excel and WPS: what the table shows, in full. Text cells are text, never formulas.

use super::Failure;
use super::csv::flat;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::Value;

/// The most characters that a cell takes (Excel's limit is 32,767).
const MOST: usize = 32_000;
/// Columns are as wide as their longest cell, within reason.
const WIDEST: usize = 60;

/// A column: its heading, and what stands in it.
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// A cell for each row.
    pub cells: Vec<Cell>,
}

/// A cell.
pub enum Cell {
    /// What a table shows.
    Text(String),
    /// A number stays one.
    Number(f64),
}

impl Cell {
    /// The row's own number, else what the table shows.
    pub fn of(value: &Value, shown: String) -> Cell {
        match value {
            Value::Number(number) => number.as_f64().map_or(Cell::Text(shown), Cell::Number),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) if !shown.is_empty() => Cell::Text(shown),
            other => Cell::Text(flat(other).text),
        }
    }
}

/// The workbook's bytes.
pub fn xlsx(columns: &[Column]) -> Result<Vec<u8>, Failure> {
    write(columns).map_err(|error| Failure::failed(format!("表格无法生成：{error}")))
}

fn write(columns: &[Column]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let heading = Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    sheet.set_freeze_panes(1, 0)?;
    let mut last_row = 0;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, at, column.heading, &heading)?;
        let mut widest = super::table::width_of(column.heading);
        for (row, cell) in (1_u32..).zip(&column.cells) {
            match cell {
                Cell::Number(number) => sheet.write_number(row, at, *number)?,
                Cell::Text(text) => {
                    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(MOST).collect();
                    widest = widest.max(super::table::width_of(&text));
                    sheet.write_string(row, at, text)?
                }
            };
            last_row = row;
        }
        sheet.set_column_width(at, f64::from(u16::try_from(widest.min(WIDEST)).unwrap_or(u16::MAX).saturating_add(2)))?;
    }
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last_row, last_column)?;
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};

    #[test]
    fn text_stays_text_and_numbers_numbers() {
        let columns = [
            Column { heading: "题目", cells: vec![Cell::Text("=1+1".into()), Cell::Text("\u{1}控制".into())] },
            Column { heading: "次数", cells: vec![Cell::of(&Value::from(3), "3".into()), Cell::Text("长".repeat(40_000))] },
        ];
        let bytes = xlsx(&columns).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(range.get((1, 0)), Some(&Data::String("=1+1".into())));
        assert_eq!(range.get((2, 0)), Some(&Data::String("控制".into())));
        assert_eq!(range.get((1, 1)), Some(&Data::Float(3.0)));
        xlsx(&[]).unwrap();
    }
}
