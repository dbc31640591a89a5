//! The workbook that comes back, by calamine: which cells people filled in, and what is wrong in which cell.
//!
//! The sheet and its columns are found by their headings, so that sorting, filtering and added columns do no
//! harm. Nothing is taken over from a workbook in which anything is wrong.

use super::{CLEAR, SHEET};
use crate::intake::compose::plain;
use crate::model::report::DeskEntry;
use calamine::{Data, Range, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;

/// The most characters of a filled-in cell.
const LONGEST: usize = 500;
/// Rows among which the headings are looked for.
const HEADINGS: usize = 10;
/// More rows than any campaign has cases; a sheet formatted to its last row has a million.
const ROWS: usize = 200_000;

/// A row that people filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The case's number.
    pub number: String,
    /// Where that stands.
    pub cell: String,
    /// In the order of [`DeskEntry::FIELDS`]; none: the cell is empty, or the column is missing.
    pub values: [Option<String>; 3],
}

/// Something that is wrong in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `台账!H12`.
    pub cell: String,
    /// What is wrong, in a sentence.
    pub sentence: String,
}

/// A value that an import changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The case's row.
    pub case: i64,
    /// Its number.
    pub number: String,
    /// The field's key.
    pub field: &'static str,
    /// Its heading.
    pub label: &'static str,
    /// What stands there now.
    pub before: String,
    /// What will; empty: cleared.
    pub after: String,
}

/// Reads a workbook.
pub fn read(bytes: &[u8]) -> Result<(Vec<Filled>, Vec<Fault>), String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| format!("文件打不开，请另存为 .xlsx 后再导入（{error}）"))?;
    let mut names = book.sheet_names();
    names.sort_by_key(|name| name != SHEET);
    for name in names {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        if let Some(heads) = Heads::find(&range) {
            return heads.read(&range, &name);
        }
    }
    Err(format!("没有找到台账：“{SHEET}”表的表头应有“编号”，以及“处理意见”“承办人”“备注”中的至少一栏"))
}

/// Which columns are which, within the range.
struct Heads {
    row: usize,
    number: usize,
    fields: [Option<usize>; 3],
}

impl Heads {
    fn find(range: &Range<Data>) -> Option<Heads> {
        range.rows().take(HEADINGS).enumerate().find_map(|(row, cells)| {
            let place = |head: &str| cells.iter().position(|cell| matches!(cell, Data::String(text) if text.trim() == head));
            let fields = DeskEntry::FIELDS.map(|(_, head)| place(head));
            Some(Heads { row, number: place("编号")?, fields }).filter(|heads| heads.fields.iter().any(Option::is_some))
        })
    }

    fn read(&self, range: &Range<Data>, sheet: &str) -> Result<(Vec<Filled>, Vec<Fault>), String> {
        let (top, left) = range.start().unwrap_or_default();
        let address = |row: usize, column: usize| format!("{sheet}!{}{}", letters(left as usize + column), top as usize + row + 1);
        let (mut filled, mut faults) = (Vec::new(), Vec::new());
        let mut seen: BTreeMap<String, (String, [Option<String>; 3])> = BTreeMap::new();
        for (row, cells) in range.rows().enumerate().skip(self.row + 1) {
            if row > ROWS {
                return Err(format!("“{sheet}”表的行数过多，请删去表尾的空行后再导入"));
            }
            let mut values = [const { None }; 3];
            for (value, column) in values.iter_mut().zip(self.fields) {
                let Some(column) = column else { continue };
                match text(cells.get(column).unwrap_or(&Data::Empty)) {
                    Ok(read) => *value = read,
                    Err(sentence) => faults.push(Fault { cell: address(row, column), sentence: sentence.into() }),
                }
            }
            let cell = address(row, self.number);
            let number = match text(cells.get(self.number).unwrap_or(&Data::Empty)) {
                Ok(number) => number.unwrap_or_default(),
                Err(sentence) => {
                    faults.push(Fault { cell, sentence: sentence.into() });
                    continue;
                }
            };
            if number.is_empty() {
                let first = values.iter().zip(self.fields).find_map(|(value, column)| value.as_ref().and(column));
                let sentence = "这一行没有编号（待并案的案例认定后才有编号），填写的内容无处登记";
                faults.extend(first.map(|column| Fault { cell: address(row, column), sentence: sentence.into() }));
                continue;
            }
            match seen.get(&number) {
                None => {
                    seen.insert(number.clone(), (cell.clone(), values.clone()));
                    filled.push(Filled { number, cell, values });
                }
                Some((_, same)) if *same == values => {}
                Some((first, _)) => {
                    faults.push(Fault { sentence: format!("编号 {number} 与 {first} 重复，而填写的内容不同"), cell });
                }
            }
        }
        Ok((filled, faults))
    }
}

/// A cell as one line; none where it is empty.
pub(crate) fn text(cell: &Data) -> Result<Option<String>, &'static str> {
    let text = match cell {
        Data::Empty => return Ok(None),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year}年{month}月{day}日")
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(_) => return Err("这一格是真假值，请改写成文字"),
        Data::Error(_) => return Err("这一格的公式有错误，请改写成文字"),
    };
    let line = plain(&text, LONGEST + 1);
    if line.chars().count() > LONGEST {
        return Err("这一格超过500字，请精简");
    }
    Ok(Some(line).filter(|line| !line.is_empty()))
}

/// `A` for 0, `AA` for 26.
pub(crate) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Holds filled-in rows against what is known: each case's row and entry by its number.
pub fn changes(filled: &[Filled], known: &BTreeMap<String, (i64, DeskEntry)>) -> (Vec<Change>, Vec<Fault>) {
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    for row in filled {
        let Some((case, entry)) = known.get(&row.number) else {
            faults.push(Fault { cell: row.cell.clone(), sentence: format!("没有编号为 {} 的案例", row.number) });
            continue;
        };
        for ((field, label), value) in DeskEntry::FIELDS.into_iter().zip(&row.values) {
            let Some(value) = value else { continue };
            let after = if value == CLEAR { String::new() } else { value.clone() };
            let before = entry.get(field).to_owned();
            if before != after {
                changes.push(Change { case: *case, number: row.number.clone(), field, label, before, after });
            }
        }
    }
    (changes, faults)
}

#[cfg(test)]
mod tests {
    use super::super::{Contacts, Ledger};
    use super::*;
    use crate::report::digest::sample;

    fn workbook(change: impl Fn(usize, &mut crate::model::report::CaseFacts)) -> Vec<u8> {
        let mut cases = sample::cases();
        cases.iter_mut().enumerate().for_each(|(at, case)| change(at, case));
        let ledger = Ledger {
            cases: &cases,
            campaign: &sample::CAMPAIGN,
            regions: &sample::REGIONS,
            office: sample::office(),
            as_of: "2023-06-26T00:00:00+08:00".parse().unwrap(),
            contacts: Contacts::Masked,
        };
        ledger.workbook().unwrap()
    }

    fn known() -> BTreeMap<String, (i64, DeskEntry)> {
        sample::cases().into_iter().map(|case| (case.number.clone().unwrap(), (case.id, case.desk))).collect()
    }

    #[test]
    fn what_is_filled_in_comes_back_and_twice_changes_nothing() {
        let bytes = workbook(|at, case| {
            if at == 10 {
                case.desk = DeskEntry { opinion: "同意推荐".into(), handler: "李某".into(), remark: "=1+1".into() };
            }
        });
        let (filled, faults) = read(&bytes).unwrap();
        assert_eq!((filled.len(), faults), (46, vec![]));
        let mut known = known();
        let (changed, faults) = changes(&filled, &known);
        assert!(faults.is_empty());
        let told: Vec<_> = changed.iter().map(|one| (one.number.as_str(), one.label, one.after.as_str())).collect();
        let number = "JCZH-2023-0011";
        assert_eq!(told, [(number, "处理意见", "同意推荐"), (number, "承办人", "李某"), (number, "备注", "=1+1")]);
        for change in changed {
            known.get_mut(&change.number).unwrap().1.set(change.field, change.after);
        }
        assert_eq!(changes(&filled, &known).0, vec![]);
        // An empty workbook leaves what was written; the word clears it.
        assert_eq!(changes(&read(&workbook(|_, _| {})).unwrap().0, &known).0, vec![]);
        let cleared = workbook(|at, case| {
            if at == 10 {
                case.desk.remark = CLEAR.into();
            }
        });
        let (changed, _) = changes(&read(&cleared).unwrap().0, &known);
        assert_eq!((changed.len(), changed[0].before.as_str(), changed[0].after.as_str()), (1, "=1+1", ""));
    }

    #[test]
    fn faults_are_named_by_their_cells() {
        let bytes = workbook(|at, case| match at {
            3 => case.number = Some("JCZH-2023-9999".into()),
            5 => {
                case.number = None;
                case.desk.opinion = "并入第三件".into();
            }
            7 => case.desk.handler = "长".repeat(600),
            8 => case.number = Some("JCZH-2023-0001".into()),
            9 => {
                case.number = Some("JCZH-2023-0001".into());
                case.desk.remark = "不同".into();
            }
            _ => {}
        });
        let (filled, faults) = read(&bytes).unwrap();
        let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.as_str()).collect();
        assert_eq!(cells, ["台账!S7", "台账!T9", "台账!B11"]);
        let (_, faults) = changes(&filled, &known());
        assert_eq!(faults, [Fault { cell: "台账!B5".into(), sentence: "没有编号为 JCZH-2023-9999 的案例".into() }]);
    }

    #[test]
    fn every_cell_is_text_and_no_number_can_be_called() {
        let bytes = workbook(|at, case| {
            if at == 0 {
                case.title = Some("=HYPERLINK(\"http://x\")\u{1}".into());
            }
        });
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(book.sheet_names(), [SHEET, "按市州", "按征集窗口", "说明"]);
        for sheet in book.sheet_names() {
            assert!(book.worksheet_formula(&sheet).unwrap().is_empty(), "{sheet}");
            let range = book.worksheet_range(&sheet).unwrap();
            assert!(range.used_cells().all(|(.., cell)| matches!(cell, Data::String(text) if !text.contains("19900009037"))), "{sheet}");
        }
        let regions = book.worksheet_range("按市州").unwrap();
        assert_eq!(regions.height(), 20);
        assert_eq!(regions.get((6, 8)), Some(&Data::String("未报送".into())));
        assert_eq!(regions.get((19, 2)), Some(&Data::String("46".into())));
        assert_eq!(
            bytes,
            workbook(|at, case| {
                if at == 0 {
                    case.title = Some("=HYPERLINK(\"http://x\")\u{1}".into());
                }
            })
        );
    }

    #[test]
    fn what_is_no_ledger_is_told() {
        assert!(read(b"not a workbook").unwrap_err().contains("打不开"));
        assert_eq!([letters(0), letters(25), letters(26), letters(701), letters(702)], ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
