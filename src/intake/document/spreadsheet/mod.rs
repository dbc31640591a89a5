//! A spreadsheet becomes a [`Document`]: each visible sheet a table, its pictures where they are anchored.
//!
//! XLSX (ECMA-376, part 1, SpreadsheetML) is read by calamine, after `guard` has bounded what it will meet.
//! Formulas show their stored results. Hidden sheets are not read: people don't see them either. Check boxes
//! and texts that lie over cells are read with them. Charts,
//! comments, headers, number formats other than dates, and binary workbooks (`.xlsb`) are not read.

mod control;
mod drawing;
mod guard;
mod sheet;
mod value;

use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, SheetVisible, Xlsx, XlsxError};

use self::drawing::Drawing;
pub(super) use self::sheet::{Area, Filled, table};
use super::docx::package::Package;
use super::inlines::{self, Look};
use super::{Limits, ReadError, unplaced};
use crate::model::document::{Block, Document, Format, Inline, Picture};

/// Reads an XLSX package into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] for an encrypted package, [`ReadError::Corrupt`] for a damaged one,
/// [`ReadError::TooLarge`] where a limit was met. What is odd in one sheet only ends that sheet.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes, limits)?;
    guard::check(&mut package)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
    let visible: Vec<String> =
        workbook.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible).map(|sheet| sheet.name.clone()).collect();
    let mut drawings = drawing::read(&mut package);
    let mut document = Document { format: Format::Xlsx, blocks: Vec::new(), pictures: Vec::new(), pages: Vec::new(), guessed: false };
    let (mut nodes, mut text) = (limits.nodes, TEXT);
    for name in visible {
        let merged = workbook.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let cells = cells(&mut workbook, &name, &mut nodes, &mut text)?;
        let drawing = drawings.remove(&name).unwrap_or_default();
        one_sheet(cells, &merged, drawing, &mut document, &mut nodes)?;
    }
    Ok(document)
}

/// The text of all cells, in bytes: many may share one long string, which the package holds once.
const TEXT: usize = 16 << 20;
/// How much of an archive's end its directory is looked for in.
const DIRECTORY_BYTES: usize = 64 << 10;

/// Whether a package is a binary workbook (`.xlsb`): its directory names the part.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    const PART: &[u8] = b"xl/workbook.bin";
    let directory = bytes.get(bytes.len().saturating_sub(DIRECTORY_BYTES)..).unwrap_or_default();
    directory.windows(PART.len()).any(|window| window.eq_ignore_ascii_case(PART))
}

fn refused(error: XlsxError) -> ReadError {
    match error {
        XlsxError::Password => ReadError::Encrypted,
        other => ReadError::Corrupt(other.to_string()),
    }
}

/// The cells that hold something, up to the first that can't be read.
fn cells(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, nodes: &mut usize, left: &mut usize) -> Result<Vec<Filled>, ReadError> {
    let mut found = Vec::new();
    let Ok(mut reader) = workbook.worksheet_cells_reader(name) else { return Ok(found) };
    let looks: Vec<Look> = reader.styles().iter().map(look).collect();
    while let Ok(Some((cell, style))) = reader.next_cell_with_style_id() {
        if matches!(cell.get_value(), DataRef::Empty) {
            continue;
        }
        let text = value::shown(cell.get_value());
        *left = left.checked_sub(text.len()).ok_or(ReadError::TooLarge("text"))?;
        let (row, column) = cell.get_position();
        let look = looks.get(style).copied().unwrap_or_default();
        if !text.trim().is_empty() {
            *nodes = nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
            found.push(Filled { row, column, inlines: inlines::of(&text, look) });
        }
    }
    Ok(found)
}

fn look(style: &calamine::Style) -> Look {
    let Some(font) = &style.font else { return Look::default() };
    Look::new(font.name.as_deref(), font.is_bold(), font.has_underline(), font.has_strikethrough())
}

/// A sheet's table, with each picture in the cell that it lies over; those beside or below it go to the last one.
fn one_sheet(
    mut cells: Vec<Filled>,
    merged: &[Dimensions],
    drawing: Drawing,
    document: &mut Document,
    nodes: &mut usize,
) -> Result<(), ReadError> {
    let areas: Vec<Area> = merged.iter().map(|area| Area { first: area.start, last: area.end }).collect();
    // What lies over an empty cell fills it; what lies nowhere is put beneath everything.
    for control in drawing.controls {
        *nodes = nodes.checked_sub(control.inlines.len()).ok_or(ReadError::TooLarge("nodes"))?;
        let below = cells.iter().map(|cell| cell.row).max().map_or(0, |row| row.saturating_add(1));
        let place = if control.row == u32::MAX { (below, 0) } else { (control.row, control.column) };
        let (row, column) = areas.iter().find(|area| area.holds(place.0, place.1)).map_or(place, |area| area.first);
        cells.push(Filled { row, column, inlines: control.inlines });
    }
    let within = |row: u32, column: u32| {
        let beyond = |cells: &[Filled], after: &dyn Fn(&Filled) -> bool| cells.iter().any(after);
        beyond(&cells, &|cell| cell.row >= row) && beyond(&cells, &|cell| cell.column >= column)
    };
    let (over, outside): (Vec<_>, Vec<_>) = drawing.pictures.into_iter().partition(|picture| within(picture.row, picture.column));
    for picture in over {
        let (row, column) =
            areas.iter().find(|area| area.holds(picture.row, picture.column)).map_or((picture.row, picture.column), |area| area.first);
        cells.push(Filled { row, column, inlines: vec![keep(picture.picture, document)] });
    }
    let outside: Vec<Inline> = outside.into_iter().map(|picture| keep(picture.picture, document)).collect();
    if let Some(table) = table(cells, &areas, nodes)? {
        document.blocks.push(Block::Table(table));
    }
    unplaced::place(outside, &mut document.blocks);
    Ok(())
}

fn keep(picture: Picture, document: &mut Document) -> Inline {
    document.pictures.push(picture);
    Inline::Picture(document.pictures.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = include_bytes!("../../../../fixtures/documents/form.xlsx");

    fn rows(document: &Document) -> Vec<Vec<String>> {
        let [Block::Table(table), ..] = &document.blocks[..] else { panic!("{document:?}") };
        let text = |blocks: &[Block]| match blocks {
            [Block::Paragraph(paragraph)] => paragraph.text(),
            other => panic!("{other:?}"),
        };
        table.rows.iter().map(|row| row.cells.iter().map(|cell| text(&cell.blocks)).collect()).collect()
    }

    #[test]
    fn a_form_is_read_as_it_is_seen() {
        let document = read(FORM, &Limits::default()).unwrap();
        assert_eq!(document.blocks.len(), 1, "the hidden sheet stays hidden");
        let rows = rows(&document);
        assert_eq!(rows[0], ["典型案例申报表"]);
        assert_eq!(rows[3], ["案例分类", "☑计量 □标准"]);
        assert_eq!(rows[4], ["☑", "认证", ""]);
        assert_eq!(rows[5], ["联系人及电话", "张三", "19900000074", ""]);
        assert_eq!(rows[6], ["一、案例介绍", "一、背景和意义\n第一行"]);
        assert_eq!(rows[7], ["报送单位意见", "2023年6月30日", "2023年6月30日 15:04", "0.3"]);
    }

    #[test]
    fn a_picture_stands_in_the_cell_beneath_it() {
        let document = read(FORM, &Limits::default()).unwrap();
        assert_eq!(document.pictures.len(), 1);
        assert!(document.pictures[0].floating && document.pictures[0].bytes.starts_with(b"\x89PNG"));
        let Block::Table(table) = &document.blocks[0] else { panic!() };
        let Block::Paragraph(paragraph) = &table.rows[7].cells[1].blocks[0] else { panic!() };
        assert_eq!(paragraph.inlines.last(), Some(&Inline::Picture(0)));
    }

    #[test]
    fn limits_and_damage_are_told() {
        let small = |bytes_unpacked, nodes| read(FORM, &Limits { bytes_unpacked, nodes, ..Limits::default() });
        assert_eq!(small(1000, 500), Err(ReadError::TooLarge("bytes unpacked")));
        assert_eq!(small(1 << 20, 10), Err(ReadError::TooLarge("nodes")));
        assert!(matches!(read(&FORM[..FORM.len() / 2], &Limits::default()), Err(ReadError::Corrupt(_))));
        assert!(matches!(read(b"", &Limits::default()), Err(ReadError::Corrupt(_))));
    }

    #[test]
    fn every_byte_may_be_wrong() {
        for at in (0..FORM.len()).step_by(61) {
            let mut bytes = FORM.to_vec();
            bytes[at] ^= 0x55;
            let _ = read(&bytes, &Limits::default());
        }
    }
}
