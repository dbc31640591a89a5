//! The roster out of a workbook, by calamine: the sheets 单位, 协调员 and 联络员, found by their headings; every fault
//! with its cell. Nothing is taken over from a workbook in which anything is wrong; a sheet that is not there leaves
//! that part as it was.

use super::ledger::{Fault, letters, text};
use crate::intake::form::contact::{self, RegionKnown};
use crate::model::decision::matching_key;
use crate::model::region::Regions;
use crate::model::roster::{Coordinator, Liaison, Roster, RosterUnit};
use calamine::{Data, Range, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;

/// Rows among which the headings are looked for.
const HEADINGS: usize = 10;
/// More rows than any roster has.
const ROWS: usize = 50_000;

/// The sheets and their headings, the first of each named as people are told.
const UNITS: &[&[&str]] = &[&["单位名称", "单位"], &["曾用名"], &["市州"], &["征集范围"]];
const COORDINATORS: &[&[&str]] = &[&["姓名"], &["登录名"], &["电话", "联系电话"]];
const LIAISONS: &[&[&str]] = &[&["市州"], &["姓名"], &["电话", "联系电话"]];

/// Reads a workbook over what the roster was.
pub fn read(bytes: &[u8], before: &Roster, regions: &Regions) -> Result<(Roster, Vec<Fault>), String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| format!("文件打不开，请另存为 .xlsx 后再导入（{error}）"))?;
    let (mut roster, mut faults, mut found) = (before.clone(), Vec::new(), false);
    for name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let sheet = |heads: &[&[&str]]| Sheet::find(&name, &range, heads);
        let mut take = |sheet: Result<Option<Sheet<'_>>, String>| -> Result<Option<Rows>, String> {
            let Some(sheet) = sheet? else { return Ok(None) };
            found = true;
            sheet.rows(&mut faults).map(Some)
        };
        match name.trim() {
            "单位" => {
                if let Some(rows) = take(sheet(UNITS))? {
                    roster.units = units(&rows, regions, &mut faults);
                }
            }
            "协调员" => {
                if let Some(rows) = take(sheet(COORDINATORS))? {
                    roster.coordinators = coordinators(&rows, &mut faults);
                }
            }
            "联络员" => {
                if let Some(rows) = take(sheet(LIAISONS))? {
                    roster.liaisons = liaisons(&rows, regions, &mut faults);
                }
            }
            _ => {}
        }
    }
    if found {
        Ok((roster, faults))
    } else {
        Err("没有找到名册：工作表应名为“单位”“协调员”“联络员”中的至少一个".into())
    }
}

/// A sheet with its columns, in the order of its headings.
pub(crate) struct Sheet<'a> {
    name: &'a str,
    range: &'a Range<Data>,
    row: usize,
    columns: Vec<Option<usize>>,
}

/// A row's texts in the order of the headings, and their cells.
pub(crate) type Rows = Vec<Vec<(Option<String>, String)>>;

impl<'a> Sheet<'a> {
    /// None where the sheet is empty; a sheet with that name and without its first heading is a mistake.
    pub(crate) fn find(name: &'a str, range: &'a Range<Data>, heads: &[&[&str]]) -> Result<Option<Sheet<'a>>, String> {
        if range.is_empty() {
            return Ok(None);
        }
        let place =
            |cells: &[Data], head: &[&str]| cells.iter().position(|cell| matches!(cell, Data::String(text) if head.contains(&text.trim())));
        let found = range.rows().take(HEADINGS).enumerate().find_map(|(row, cells)| {
            let columns: Vec<Option<usize>> = heads.iter().map(|head| place(cells, head)).collect();
            columns.iter().take(2).any(Option::is_some).then_some(Sheet { name, range, row, columns })
        });
        let first = heads.first().and_then(|names| names.first()).copied().unwrap_or_default();
        match found {
            Some(sheet) if sheet.columns.first().is_some_and(Option::is_some) => Ok(Some(sheet)),
            _ => Err(format!("“{name}”表的表头中没有“{first}”")),
        }
    }

    pub(crate) fn rows(&self, faults: &mut Vec<Fault>) -> Result<Rows, String> {
        let mut rows = Vec::new();
        for (at, cells) in self.range.rows().enumerate().skip(self.row + 1) {
            if at > ROWS {
                return Err(format!("“{}”表的行数过多，请删去表尾的空行后再导入", self.name));
            }
            let mut row = Vec::new();
            for column in &self.columns {
                let cell = column.map(|column| address(self.range, self.name, at, column)).unwrap_or_default();
                let value = column.and_then(|column| cells.get(column)).map_or(Ok(None), text);
                let value = value.unwrap_or_else(|sentence| {
                    faults.push(Fault { cell: cell.clone(), sentence: sentence.into() });
                    None
                });
                row.push((value, cell));
            }
            if row.iter().any(|(value, _)| value.is_some()) {
                rows.push(row);
            }
        }
        Ok(rows)
    }
}

fn address(range: &Range<Data>, sheet: &str, row: usize, column: usize) -> String {
    let (top, left) = range.start().unwrap_or_default();
    format!("{sheet}!{}{}", letters(left as usize + column), top as usize + row + 1)
}

fn units(rows: &Rows, regions: &Regions, faults: &mut Vec<Fault>) -> Vec<RosterUnit> {
    let mut units = Vec::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let [(name, name_cell), (former, former_cell), (region, region_cell), (scope, scope_cell)] = row.as_slice() else { continue };
        let Some(name) = name else {
            faults.push(fault(name_cell, "没有写单位名称"));
            continue;
        };
        let former: Vec<String> = former.iter().flat_map(|former| parts(former)).collect();
        for (own, cell) in std::iter::once((name, name_cell)).chain(former.iter().map(|former| (former, former_cell))) {
            let key = matching_key(own);
            match known.get(&key) {
                Some(_) if key.is_empty() => {}
                Some(first) => faults.push(fault(cell, &format!("“{own}”与 {first} 重复"))),
                None => drop(known.insert(key, cell.clone())),
            }
        }
        let key = region.as_deref().map(|region| regions.key(region));
        if key == Some(None) {
            faults.push(fault(region_cell, "没有这个市州，请写市州的名称或“省直”"));
        }
        let in_scope = match scope.as_deref() {
            None => None,
            Some("是") => Some(true),
            Some("否") => Some(false),
            Some(_) => {
                faults.push(fault(scope_cell, "请写“是”或“否”"));
                None
            }
        };
        units.push(RosterUnit { name: name.clone(), former, region: key.flatten().map(str::to_owned), in_scope });
    }
    units
}

fn coordinators(rows: &Rows, faults: &mut Vec<Fault>) -> Vec<Coordinator> {
    let mut people: Vec<Coordinator> = Vec::new();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let [(name, name_cell), (logins, login_cell), (phone, phone_cell)] = row.as_slice() else { continue };
        let Some(name) = name else {
            faults.push(fault(name_cell, "没有写姓名"));
            continue;
        };
        let logins: Vec<String> = logins.iter().flat_map(|logins| parts(logins)).collect();
        if logins.is_empty() {
            faults.push(fault(login_cell, "没有写登录名"));
        }
        for login in &logins {
            if let Some(first) = known.insert(login.clone(), login_cell.clone()) {
                faults.push(fault(login_cell, &format!("登录名“{login}”与 {first} 重复，一个登录名只能属于一人")));
            }
        }
        if people.iter().any(|person| person.name == *name) {
            faults.push(fault(name_cell, &format!("“{name}”写了两行；一人有几个登录名的，请写在同一格，用顿号隔开")));
        }
        people.push(Coordinator { name: name.clone(), logins, phone: number(phone.as_deref(), phone_cell, faults) });
    }
    people
}

fn liaisons(rows: &Rows, regions: &Regions, faults: &mut Vec<Fault>) -> Vec<Liaison> {
    let mut people = Vec::new();
    for row in rows {
        let [(region, region_cell), (name, name_cell), (phone, phone_cell)] = row.as_slice() else { continue };
        let key = region.as_deref().and_then(|region| regions.key(region));
        if key.is_none() {
            faults.push(fault(region_cell, "没有这个市州，请写市州的名称或“省直”"));
        }
        let Some(name) = name else {
            faults.push(fault(name_cell, "没有写姓名"));
            continue;
        };
        let phone = number(phone.as_deref(), phone_cell, faults);
        people.extend(key.map(|region| Liaison { region: region.to_owned(), name: name.clone(), phone }));
    }
    people
}

/// A number by the rules of the form.
fn number(phone: Option<&str>, cell: &str, faults: &mut Vec<Fault>) -> Option<String> {
    let phone = phone?;
    let read = contact::read(phone, RegionKnown::Yes);
    let found = read.all.into_iter().flat_map(|contact| contact.phones).next();
    if found.is_none() {
        faults.push(fault(cell, "电话号码不完整或有误"));
    }
    found
}

fn parts(text: &str) -> impl Iterator<Item = String> {
    text.split(['、', '，', ',', ';', '；', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
}

fn fault(cell: &str, sentence: &str) -> Fault {
    Fault { cell: cell.to_owned(), sentence: sentence.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{builtin, parse_document};
    use rust_xlsxwriter::Workbook;

    fn book(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
        let mut book = Workbook::new();
        for (name, rows) in sheets {
            let sheet = book.add_worksheet().set_name(*name).unwrap();
            for (row, cells) in (0..).zip(*rows) {
                for (column, cell) in (0..).zip(*cells) {
                    sheet.write_string(row, column, *cell).unwrap();
                }
            }
        }
        book.save_to_buffer().unwrap()
    }

    fn regions() -> Regions {
        parse_document(builtin::REGIONS_NAME, builtin::REGIONS).unwrap()
    }

    #[test]
    fn a_roster_is_read_sheet_by_sheet_and_what_is_not_there_stays() {
        let bytes = book(&[
            (
                "单位",
                &[
                    &["说明：每行一个单位"],
                    &["序号", "单位名称", "曾用名", "市州", "征集范围"],
                    &["1", "某质量中心", "某计量所、某质检所", "十堰", "是"],
                    &["2", "某院", "", "省直", ""],
                ],
            ),
            ("协调员", &[&["姓名", "登录名", "电话"], &["张某", "zhang、z2", "199 0000 0001"]]),
            ("别的", &[&["x"]]),
        ]);
        let before =
            Roster { liaisons: vec![Liaison { region: "襄阳市".into(), name: "王某".into(), phone: None }], ..Roster::default() };
        let (roster, faults) = read(&bytes, &before, &regions()).unwrap();
        assert_eq!(faults, []);
        assert_eq!(roster.units[0].former, ["某计量所", "某质检所"]);
        assert_eq!((roster.units[0].region.as_deref(), roster.units[0].in_scope), (Some("十堰市"), Some(true)));
        assert_eq!((roster.units[1].region.as_deref(), roster.units[1].in_scope), (Some("province"), None));
        assert_eq!(roster.coordinators[0].phone.as_deref(), Some("19900000001"));
        assert_eq!(roster.liaisons, before.liaisons);
    }

    #[test]
    fn every_fault_names_its_cell() {
        let bytes = book(&[
            (
                "单位",
                &[&["单位名称", "曾用名", "市州", "征集范围"], &["甲", "乙", "上海", "也许"], &["乙", "", "", ""], &["", "丙", "", ""]],
            ),
            ("协调员", &[&["姓名", "登录名", "电话"], &["张某", "", "123"], &["李某", "li", ""], &["张某", "li", ""]]),
        ]);
        let (_, faults) = read(&bytes, &Roster::default(), &regions()).unwrap();
        let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.as_str()).collect();
        assert_eq!(cells, ["单位!C2", "单位!D2", "单位!A3", "单位!A4", "协调员!B2", "协调员!C2", "协调员!B4", "协调员!A4"]);
        assert!(read(&book(&[("单位", &[&["名字"], &["甲"]])]), &Roster::default(), &regions()).is_err());
        assert!(read(&book(&[("别的", &[&["单位名称"]])]), &Roster::default(), &regions()).is_err());
        assert!(read(b"x", &Roster::default(), &regions()).is_err());
    }
}
