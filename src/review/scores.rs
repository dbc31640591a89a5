//! A scoring sheet that came back, by calamine: whose it is and what was given, every fault with its cell. Points are read
//! from the cells; totals are worked out anew, whatever the sheet's own column says.

use super::sheet::{BATCH, CODE, EDITION, RECUSAL, REMARK, REVIEWER, SHEET, TITLE, heading};
use crate::model::review::{FULL, ReviewRules, Score};
use crate::report::ledger::{Fault, letters, text};
use calamine::{Data, Range, Reader, Xlsx};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// Rows among which the head is looked for.
const HEAD: usize = 12;
/// More rows than any sheet has.
const ROWS: usize = 5_000;

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// `2023-H1`.
    pub batch: String,
    /// `P01`.
    pub reviewer: String,
    /// Of which assignment its codes are.
    pub edition: String,
    /// What was given, by code.
    pub scores: BTreeMap<String, Score>,
    /// Codes that were left blank.
    pub blank: Vec<String>,
    /// Codes that the reviewer wants not to judge, and why.
    pub recusals: BTreeMap<String, String>,
    /// The titles beside the codes, with their cells.
    pub titles: BTreeMap<String, (String, String)>,
}

/// The batch that a sheet says it belongs to; none where it is no sheet of ours.
pub fn batch_of(bytes: &[u8]) -> Option<String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    label(&book.worksheet_range(SHEET).ok()?, BATCH)
}

/// What stands to the right of a label above the table.
fn label(range: &Range<Data>, name: &str) -> Option<String> {
    let mut after =
        range.rows().take(HEAD).filter_map(|row| row.iter().position(|cell| is_text(cell, name)).and_then(|at| row.get(at + 1)));
    after.find_map(|cell| text(cell).ok().flatten())
}

/// Reads a sheet of a round by these rules. Nothing is to be taken over where there are faults.
pub fn read(bytes: &[u8], rules: &ReviewRules) -> Result<(Filled, Vec<Fault>), String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| format!("文件打不开，请另存为 .xlsx（{error}）"))?;
    let range = book.worksheet_range(SHEET).map_err(|_| format!("没有“{SHEET}”工作表，请用导出的评分表填写"))?;
    if range.height() > ROWS {
        return Err(format!("“{SHEET}”表的行数过多"));
    }
    let table = Table::find(&range, rules)?;
    let label = |name: &str| label(&range, name).ok_or_else(|| format!("表头上方没有“{name}”，请用导出的评分表填写"));
    let mut filled = Filled { batch: label(BATCH)?, reviewer: label(REVIEWER)?, edition: label(EDITION)?, ..Filled::default() };
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, row) in range.rows().enumerate().skip(table.head + 1) {
        table.row(at, row, &mut filled, &mut seen, &mut faults);
    }
    Ok((filled, faults))
}

struct Table<'a> {
    range: &'a Range<Data>,
    head: usize,
    code: usize,
    title: usize,
    criteria: Vec<usize>,
    remark: Option<usize>,
    recusal: Option<usize>,
}

impl<'a> Table<'a> {
    fn find(range: &'a Range<Data>, rules: &ReviewRules) -> Result<Table<'a>, String> {
        let found = range.rows().take(HEAD).enumerate().find_map(|(at, row)| {
            let place = |name: &str| row.iter().position(|cell| is_text(cell, name));
            Some((at, row, place(CODE)?, place(TITLE)?))
        });
        let (head, row, code, title) = found.ok_or_else(|| format!("没有找到“{CODE}”“{TITLE}”的表头，请用导出的评分表填写"))?;
        let place = |name: &str| row.iter().position(|cell| is_text(cell, name));
        let names: Vec<String> = rules.criteria.iter().map(|criterion| heading(&criterion.name, criterion.weight)).collect();
        let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| place(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(format!("表头中没有：{}；请用本次评审导出的评分表填写", missing.join("、")));
        }
        let criteria = names.iter().filter_map(|name| place(name)).collect();
        Ok(Table { range, head, code, title, criteria, remark: place(REMARK), recusal: place(RECUSAL) })
    }

    fn cell(&self, row: usize, column: usize) -> String {
        let (top, left) = self.range.start().unwrap_or_default();
        format!("{SHEET}!{}{}", letters(left as usize + column), top as usize + row + 1)
    }

    fn row(&self, at: usize, row: &[Data], filled: &mut Filled, seen: &mut BTreeSet<String>, faults: &mut Vec<Fault>) {
        let empty = Data::Empty;
        let value = |column: usize| row.get(column).unwrap_or(&empty);
        let mut fault = |column: usize, sentence: String| faults.push(Fault { cell: self.cell(at, column), sentence });
        let mut words = |column: Option<usize>| match column.map(|column| (column, text(value(column)))) {
            Some((column, Err(sentence))) => {
                fault(column, sentence.to_owned());
                None
            }
            Some((_, Ok(words))) => words,
            None => None,
        };
        let (code, remark, recusal) = (words(Some(self.code)), words(self.remark), words(self.recusal));
        let given: Vec<Result<Option<u32>, String>> = self.criteria.iter().map(|column| tenths(value(*column))).collect();
        let is_blank = given.iter().all(|given| *given == Ok(None));
        let Some(code) = code else {
            if !is_blank || remark.is_some() || recusal.is_some() {
                fault(self.code, "这一行没有案例的编号，填写的内容无处登记".into());
            }
            return;
        };
        if !seen.insert(code.clone()) {
            return fault(self.code, format!("“{code}”在表中出现了两次"));
        }
        if let Ok(Some(title)) = text(value(self.title)) {
            filled.titles.insert(code.clone(), (title, self.cell(at, self.title)));
        }
        if let Some(why) = recusal {
            if !is_blank {
                fault(self.recusal.unwrap_or(self.code), format!("“{code}”既评了分又申请回避，请留其一"));
            }
            return drop(filled.recusals.insert(code, why));
        }
        if is_blank {
            return filled.blank.push(code);
        }
        let mut points = Vec::with_capacity(given.len());
        for (column, given) in self.criteria.iter().zip(given) {
            match given {
                Ok(Some(given)) => points.push(given),
                Ok(None) => fault(*column, format!("“{code}”的这一项没有评分；一件案例的各项都要评")),
                Err(sentence) => fault(*column, sentence),
            }
        }
        if points.len() == self.criteria.len() {
            filled.scores.insert(code, Score { tenths: points, remark: remark.unwrap_or_default() });
        }
    }
}

fn is_text(cell: &Data, text: &str) -> bool {
    matches!(cell, Data::String(own) if own.trim() == text)
}

/// Points as tenths; none where nothing stands there.
fn tenths(cell: &Data) -> Result<Option<u32>, String> {
    let wrong = || format!("请填0至{FULL}的数，可保留一位小数");
    let number = match cell {
        Data::Empty => return Ok(None),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) => match narrow(text) {
            text if text.is_empty() => return Ok(None),
            text => text,
        },
        Data::DateTime(_) | Data::DateTimeIso(_) | Data::DurationIso(_) => return Err(format!("这一格是日期，{}", wrong())),
        Data::Bool(_) | Data::Error(_) => return Err(wrong()),
    };
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let digits = |text: &str| text.len() <= 3 && text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || part.len() > 1 || !digits(part) {
        return Err(wrong());
    }
    let tenths = whole.parse::<u32>().unwrap_or(u32::MAX).saturating_mul(10).saturating_add(part.parse().unwrap_or(0));
    if tenths > FULL * 10 { Err(wrong()) } else { Ok(Some(tenths)) }
}

/// Full-width digits as half-width ones, without blanks.
fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Sheet;
    use super::*;
    use crate::model::review::Reviewer;
    use rust_xlsxwriter::Workbook;

    fn book(rows: &[&[&str]]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name(SHEET).unwrap();
        let head: &[&str] =
            &["案例", "案例题目", "创新性（30%）", "实效性（30%）", "典型性（20%）", "示范性（20%）", "总分", "评审意见", "申请回避"];
        for (row, cells) in (0..).zip([&["批次", "2023-H1", "专家", "P01", "李某", "批号", "a1b2c3d4"], head].iter().chain(rows)) {
            for (column, cell) in (0..).zip(*cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, *cell).unwrap(),
                };
            }
        }
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn the_sheet_that_goes_out_can_be_read_as_it_is() {
        let rules = ReviewRules::default();
        let reviewer = Reviewer { code: "P01".into(), name: "李某".into(), unit: "某大学".into(), region: None, login: None };
        let sheet = Sheet {
            brand: "荆楚质汇",
            rules: &rules,
            batch: "2023-H1",
            reviewer: &reviewer,
            edition: "0a1b2c3d",
            cases: &[("案例02", "=1+1"), ("案例01", "题目")],
        };
        let bytes = sheet.xlsx().unwrap();
        assert_eq!(bytes, sheet.xlsx().unwrap());
        let (filled, faults) = read(&bytes, &rules).unwrap();
        assert_eq!((filled.batch.as_str(), filled.reviewer.as_str(), filled.blank.len(), faults.len()), ("2023-H1", "P01", 2, 0));
    }

    #[test]
    fn what_was_given_is_read_exactly() {
        let rows: &[&[&str]] = &[
            &["案例01", "题目", "90", "85.5", "８０", "0", "999", "很好"],
            &["案例02", "题目"],
            &["案例03", "题目", "", "", "", "", "", "", "曾任顾问"],
        ];
        let (filled, faults) = read(&book(rows), &ReviewRules::default()).unwrap();
        assert_eq!(faults, []);
        assert_eq!(filled.scores["案例01"], Score { tenths: vec![900, 855, 800, 0], remark: "很好".into() });
        assert_eq!((filled.blank, filled.recusals["案例03"].as_str()), (vec!["案例02".to_owned()], "曾任顾问"));
    }

    #[test]
    fn a_formula_counts_by_what_it_came_to_and_none_without_that() {
        use rust_xlsxwriter::Formula;
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name(SHEET).unwrap();
        let heads = ["案例", "案例题目", "创新性（30%）", "实效性（30%）", "典型性（20%）", "示范性（20%）"];
        for (row, cells) in
            (0..).zip([&["批次", "2023-H1", "专家", "P01", "批号", "a1b2c3d4"], &heads, &["案例01", "题目", "", "", "", ""]])
        {
            for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
        for (column, result) in (2..).zip(["85", "85.5", "未评", "#DIV/0!"]) {
            sheet.write_formula(2, column, Formula::new("=80+5").set_result(result)).unwrap();
        }
        let (filled, faults) = read(&workbook.save_to_buffer().unwrap(), &ReviewRules::default()).unwrap();
        let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.as_str()).collect();
        assert_eq!((cells, filled.scores.len()), (vec!["评分!E3", "评分!F3"], 0), "{faults:?}");
    }

    #[test]
    fn points_are_numbers_from_nothing_to_a_hundred_with_a_tenth_at_most() {
        for (cell, read) in [
            (Data::Float(0.0), Ok(Some(0))),
            (Data::Float(100.0), Ok(Some(1000))),
            (Data::Int(100), Ok(Some(1000))),
            (Data::String(" １００．０ ".into()), Ok(Some(1000))),
            (Data::String("　".into()), Ok(None)),
            (Data::String("0085.5".into()), Err(())),
            (Data::String("85分".into()), Err(())),
            (Data::String("85,5".into()), Err(())),
            (Data::String("+85".into()), Err(())),
            (Data::String("1e2".into()), Err(())),
            (Data::String("空".into()), Err(())),
            (Data::Float(100.1), Err(())),
            (Data::Float(-0.5), Err(())),
            (Data::Float(f64::NAN), Err(())),
            (Data::Float(1e300), Err(())),
            (Data::Bool(true), Err(())),
        ] {
            assert_eq!(tenths(&cell).map_err(|_| ()), read, "{cell:?}");
        }
    }

    #[test]
    fn every_fault_names_its_cell() {
        let rows: &[&[&str]] = &[
            &["案例01", "题目", "101", "-1", "85.55", "九十"],
            &["案例02", "题目", "90", "", "80", "80"],
            &["案例02", "题目"],
            &["", "", "90"],
            &["案例04", "题目", "90", "90", "90", "90", "", "", "回避"],
        ];
        let (filled, faults) = read(&book(rows), &ReviewRules::default()).unwrap();
        let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.trim_start_matches("评分!")).collect();
        assert_eq!(cells, ["C3", "D3", "E3", "F3", "D4", "A5", "A6", "I7"]);
        assert!(filled.scores.is_empty());
        let mut other = ReviewRules::default();
        other.criteria[0].weight = 40;
        assert!(read(&book(rows), &other).unwrap_err().contains("创新性（40%）"));
        assert!(read(b"x", &other).is_err());
    }
}
