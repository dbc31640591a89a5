//! A plan out of a table, as a DOCX or XLSX file has it: the header is found by its words, a row is an activity.
//!
//! What can't be understood is told with its row and column, all at once, and nothing of such a row is taken.

use super::when::understand;
use crate::intake::text;
use crate::model::campaign::Activity;
use crate::model::document::{Block, Document, Format, Row, Table};
use std::collections::BTreeMap;
use std::fmt;

/// What people are told of each column.
const TIME_TOLD: &str = "时间";
const ITEM_TOLD: &str = "活动事项";
const HOSTS_TOLD: &str = "主办处室/单位";
/// The words of each column's head.
const TIME: [&str; 6] = ["时间", "活动时间", "日期", "起止时间", "计划时间", "开展时间"];
const ITEM: [&str; 8] = ["活动事项", "活动内容", "活动名称", "事项", "活动", "内容", "工作内容", "项目"];
const HOSTS: [&str; 8] = ["主办处室/单位", "主办单位", "主办处室", "主办", "责任单位", "承办单位", "牵头单位", "组织单位"];

/// A plan as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The rows that were understood, in their order.
    pub activities: Vec<Activity>,
    /// What was not.
    pub faults: Vec<Fault>,
}

/// Something that a table doesn't say clearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table and the row, from 1; of a spreadsheet the sheet, of those in which something stands, and its own row.
    pub place: Option<(usize, usize)>,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((table, row)) => write!(f, "表{table} 第{row}行：{}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Reads every table with the three columns; `year` is the plan's where neither times nor headings name one.
pub fn import(document: &Document, year: i16) -> Imported {
    let mut imported = Imported::default();
    let mut year = year;
    let mut tables = 0;
    let mut found = 0;
    for block in &document.blocks {
        match block {
            Block::Paragraph(paragraph) => year = year_in(&paragraph.text()).unwrap_or(year),
            Block::Table(table) => {
                tables += 1;
                found += usize::from(read(table, (tables, document.format), year, &mut imported));
            }
        }
    }
    if found == 0 {
        let what = format!("没有找到活动计划表：表头应有“{}”“{}”“{}”三栏", TIME_TOLD, ITEM_TOLD, HOSTS_TOLD);
        imported.faults.push(Fault { place: None, what });
    }
    imported
}

/// （2023年度）: the year of a heading.
fn year_in(text: &str) -> Option<i16> {
    let (before, _) = text.split_once('年')?;
    let digits: Vec<char> = before.chars().rev().take_while(char::is_ascii_digit).collect();
    let year: i16 = digits.iter().rev().collect::<String>().parse().ok()?;
    (digits.len() == 4 && (2000..2100).contains(&year)).then_some(year)
}

/// The row as its sheet counts it, else among those of its table.
fn row_number(row: &Row, at: usize, format: Format) -> usize {
    let own = row.cells.iter().flat_map(|cell| &cell.blocks).find_map(|block| match block {
        Block::Paragraph(paragraph) => paragraph.source,
        Block::Table(_) => None,
    });
    own.filter(|_| matches!(format, Format::Xlsx | Format::Xls)).unwrap_or(at + 1)
}

/// Where the three columns stand.
#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    item: usize,
    hosts: usize,
}

/// Reads a table; false where it has no header of ours.
fn read(table: &Table, (number, format): (usize, Format), year: i16, imported: &mut Imported) -> bool {
    let mut columns: Option<Columns> = None;
    let mut year = year;
    let mut above = BTreeMap::new();
    for (at, row) in table.rows.iter().enumerate() {
        let cells = cells(row, &mut above);
        if let Some(head) = header(&cells) {
            columns = Some(head);
            continue;
        }
        match columns {
            // A title over the header may name the year.
            None => year = cells.values().find_map(|text| year_in(text)).unwrap_or(year),
            Some(columns) => activity(&cells, columns, year, (number, row_number(row, at, format)), imported),
        }
    }
    columns.is_some()
}

/// A row's texts by column; a cell merged down counts in each of its rows.
fn cells(row: &Row, above: &mut BTreeMap<usize, (String, usize)>) -> BTreeMap<usize, String> {
    let mut cells: BTreeMap<usize, String> = BTreeMap::new();
    above.retain(|column, (text, left)| {
        cells.insert(*column, text.clone());
        *left -= 1;
        *left > 0
    });
    for cell in &row.cells {
        let text = text_of(&cell.blocks);
        if cell.row_span > 1 {
            above.insert(cell.column, (text.clone(), cell.row_span - 1));
        }
        cells.insert(cell.column, text);
    }
    cells
}

/// A cell's paragraphs, run together as a narrow column breaks them.
fn text_of(blocks: &[Block]) -> String {
    let lines: Vec<String> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Paragraph(paragraph) => Some(paragraph.text()),
            Block::Table(_) => None,
        })
        .collect();
    text::joined(lines.iter().flat_map(|line| line.split('\n')))
}

fn header(cells: &BTreeMap<usize, String>) -> Option<Columns> {
    let of = |words: &[&str]| {
        let is_head = |text: &str| words.iter().any(|word| text::key(word) == text::key(text));
        cells.iter().find(|(_, text)| !text.is_empty() && is_head(text)).map(|(column, _)| *column)
    };
    Some(Columns { time: of(&TIME)?, item: of(&ITEM)?, hosts: of(&HOSTS)? })
}

fn activity(cells: &BTreeMap<usize, String>, columns: Columns, year: i16, place: (usize, usize), imported: &mut Imported) {
    let text = |column: usize| cells.get(&column).map_or("", |text| text.trim());
    let (time, item, hosts) = (text(columns.time), text(columns.item), hosts(text(columns.hosts)));
    if time.is_empty() && item.is_empty() && hosts.is_empty() {
        return;
    }
    let mut faults: Vec<String> = Vec::new();
    let when = understand(time, year);
    if time.is_empty() {
        faults.push(format!("“{}”栏未填写", TIME_TOLD));
    } else if when.is_none() {
        faults.push(format!("“{}”栏的“{time}”不能识别，请写成 6月、6月—7月、6月5日、每周四、第二季度、全年 或 待定 这样", TIME_TOLD));
    }
    if item.is_empty() {
        faults.push(format!("“{}”栏未填写", ITEM_TOLD));
    }
    if hosts.is_empty() {
        faults.push(format!("“{}”栏未填写", HOSTS_TOLD));
    }
    match when {
        Some(when) if faults.is_empty() => imported.activities.push(Activity {
            time: time.to_owned(),
            item: item.to_owned(),
            hosts,
            from: when.from,
            until: when.until,
            weekday: when.weekday.map(str::to_owned),
            every_months: when.every_months,
            certainty: when.certainty,
        }),
        _ => imported.faults.extend(faults.into_iter().map(|what| Fault { place: Some(place), what })),
    }
}

/// 省局质量发展处、计量处、省纤检局: each department of the bureau has 省局 before it.
fn hosts(text: &str) -> Vec<String> {
    let mut bureau = false;
    let names = text.split(['、', '，', ',', '；', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            bureau |= name.starts_with("省局");
            if bureau && name.ends_with('处') && !name.starts_with('省') { format!("省局{name}") } else { name.to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Cell, Inline, Paragraph, Text};

    fn cell(column: usize, row_span: usize, text: &str) -> Cell {
        let paragraph = |line: &str| {
            let inlines = vec![Inline::Text(Text { text: line.into(), ..Text::default() })];
            Block::Paragraph(Paragraph { inlines, source: None })
        };
        Cell { column, column_span: 1, row_span, blocks: text.split('|').map(paragraph).collect() }
    }

    fn row(texts: [&str; 3]) -> Row {
        Row { cells: texts.iter().enumerate().map(|(at, text)| cell(at, 1, text)).collect() }
    }

    fn document(heading: &str, rows: Vec<Row>) -> Document {
        let heading = cell(0, 1, heading).blocks;
        let blocks = heading.into_iter().chain([Block::Table(Table { rows })]).collect();
        Document { format: Format::Docx, blocks, pictures: Vec::new(), pages: Vec::new(), guessed: false }
    }

    #[test]
    fn a_table_becomes_a_plan() {
        let merged = Row {
            cells: vec![cell(0, 2, "9月—10月"), cell(1, 1, "质量月"), cell(2, 1, "省局质量发展处、|计量处、省纤检局")]
        };
        let below = Row { cells: vec![cell(1, 1, "标准日"), cell(2, 1, "省标质院")] };
        let rows =
            vec![row(["时 间", "活动事项", "主办处室/单位"]), merged, below, row(["", "", ""]), row(["每周四", "开放日", "省器械院"])];
        let read = import(&document("活动计划（2024年度）", rows), 2023);
        assert_eq!(read.faults, []);
        let shown: Vec<String> =
            read.activities.iter().map(|one| format!("{} {} {} {}", one.from, one.until, one.item, one.hosts.join("/"))).collect();
        assert_eq!(
            shown,
            [
                "2024-09-01 2024-11-01 质量月 省局质量发展处/省局计量处/省纤检局",
                "2024-09-01 2024-11-01 标准日 省标质院",
                "2024-01-01 2025-01-01 开放日 省器械院"
            ]
        );
    }

    #[test]
    fn every_fault_is_told_with_its_row() {
        let rows = vec![
            row(["时间", "活动内容", "主办单位"]),
            row(["每周二、周四", "开放日", ""]),
            row(["", "", "省局"]),
            row(["6月", "好", "甲"]),
        ];
        let read = import(&document("", rows), 2023);
        let told: Vec<String> = read.faults.iter().map(Fault::to_string).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].starts_with("表1 第2行：“时间”栏的“每周二、周四”不能识别"), "{told:?}");
        assert_eq!(told[1..], ["表1 第2行：“主办处室/单位”栏未填写", "表1 第3行：“时间”栏未填写", "表1 第3行：“活动事项”栏未填写"]);
        assert_eq!(read.activities.len(), 1);
        assert_eq!(import(&document("x", vec![row(["a", "b", "c"])]), 2023).faults[0].place, None);
    }

    #[test]
    fn a_sheet_names_its_own_rows() {
        let far = |texts: [&str; 3], number: usize| {
            let mut row = row(texts);
            for block in row.cells.iter_mut().flat_map(|cell| &mut cell.blocks) {
                if let Block::Paragraph(paragraph) = block {
                    paragraph.source = Some(number);
                }
            }
            row
        };
        let rows = vec![far(["时间", "活动", "主办"], 3), far(["某天", "好", "甲"], 22)];
        let sheet = Document { format: Format::Xlsx, ..document("", rows) };
        assert_eq!(import(&sheet, 2023).faults[0].place, Some((1, 22)));
    }
}
