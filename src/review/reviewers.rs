//! The reviewers out of a workbook, by calamine: the first sheet with the headings 姓名 and 单位; every fault with its cell.

use crate::model::decision::matching_key;
use crate::model::region::Regions;
use crate::model::review::Reviewer;
use crate::model::roster::Roster;
use crate::report::ledger::Fault;
use crate::report::roster::Sheet;
use crate::review::conflict;
use calamine::{Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;

const HEADS: &[&[&str]] = &[&["姓名", "专家姓名", "专家"], &["单位", "工作单位", "所在单位"], &["市州"], &["登录名"]];
/// More than any review has.
const MOST: usize = 500;

/// Reads it. Nothing is to be taken over where there are faults.
pub fn read(bytes: &[u8], roster: &Roster, regions: &Regions) -> Result<(Vec<Reviewer>, Vec<Fault>), String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| format!("文件打不开，请另存为 .xlsx（{error}）"))?;
    let mut faults = Vec::new();
    for name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let Ok(Some(sheet)) = Sheet::find(&name, &range, HEADS) else { continue };
        let rows = sheet.rows(&mut faults)?;
        if rows.len() > MOST {
            return Err(format!("“{name}”表有{}行，评审专家最多{MOST}位", rows.len()));
        }
        let mut reviewers: Vec<Reviewer> = Vec::new();
        let mut known: BTreeMap<(String, String), String> = BTreeMap::new();
        for row in &rows {
            let [(person, person_cell), (unit, unit_cell), (region, region_cell), (login, _)] = row.as_slice() else { continue };
            let mut note = |cell: &str, sentence: String| faults.push(Fault { cell: cell.to_owned(), sentence });
            let Some(person) = person else {
                note(person_cell, "没有写姓名".into());
                continue;
            };
            let Some(unit) = unit else {
                note(unit_cell, "没有写单位，无法判断是否需要回避".into());
                continue;
            };
            let key = region.as_deref().map(|region| regions.key(region));
            if key == Some(None) {
                note(region_cell, "没有这个市州，请写市州的名称或“省直”；外省的留空".into());
            }
            if let Some(first) = known.insert((matching_key(person), matching_key(unit)), person_cell.clone()) {
                note(person_cell, format!("“{person}”与 {first} 重复"));
            }
            reviewers.push(Reviewer {
                code: format!("P{:02}", reviewers.len() + 1),
                name: person.clone(),
                unit: unit.clone(),
                region: key.flatten().map(str::to_owned).or_else(|| conflict::region_of(unit, roster, regions)),
                login: login.clone(),
            });
        }
        if reviewers.is_empty() && faults.is_empty() {
            return Err(format!("“{name}”表中没有评审专家"));
        }
        return Ok((reviewers, faults));
    }
    Err("没有找到评审专家：表头应有“姓名”和“单位”".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::digest::sample::REGIONS;
    use rust_xlsxwriter::Workbook;

    fn read_rows(rows: &[&[&str]]) -> Result<(Vec<Reviewer>, Vec<Fault>), String> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("专家").unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(*cells) {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
        read(&book.save_to_buffer().unwrap(), &Roster::default(), &REGIONS)
    }

    #[test]
    fn reviewers_are_read_with_their_region() {
        let rows: &[&[&str]] = &[
            &["评审专家名单"],
            &["姓名", "工作单位", "市州", "登录名"],
            &["张某", "十堰职业技术学院", "", "zhang"],
            &["李某", "某大学", "武汉", ""],
        ];
        let (reviewers, faults) = read_rows(rows).unwrap();
        assert_eq!(faults, []);
        let shown: Vec<_> = reviewers.iter().map(|one| (one.code.as_str(), one.region.as_deref(), one.login.as_deref())).collect();
        assert_eq!(shown, [("P01", Some("十堰市"), Some("zhang")), ("P02", Some("武汉市"), None)]);
    }

    #[test]
    fn two_of_one_name_in_two_houses_are_two() {
        let rows: &[&[&str]] = &[&["姓名", "单位"], &["张伟", "某大学"], &["张伟", "某研究院"]];
        let (reviewers, faults) = read_rows(rows).unwrap();
        assert_eq!((reviewers.len(), reviewers[1].code.as_str(), faults.len()), (2, "P02", 0));
    }

    #[test]
    fn every_fault_names_its_cell() {
        let rows: &[&[&str]] =
            &[&["姓名", "单位", "市州"], &["张某", "", ""], &["", "某大学", ""], &["李某", "某大学", "上海"], &["李 某", "某大学", ""]];
        let (_, faults) = read_rows(rows).unwrap();
        let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.as_str()).collect();
        assert_eq!(cells, ["专家!B2", "专家!A3", "专家!C4", "专家!A5"]);
        assert!(read_rows(&[&["别的"]]).is_err() && read_rows(&[&["姓名", "单位"]]).is_err());
    }
}
