//! Columns of a table that has a row of headings: 项目 | 内容 | 说明. What explains the others holds no value.

use super::cells::{cell_text, is_blank_cell};
use crate::intake::text;
use crate::model::document::Row;
use std::borrow::Cow;

/// A row of headings stands above the labels: it is looked for in as many rows.
pub(super) const HIGHEST: usize = 4;

/// Headings of the labels' column, the values' and their numbers'.
const HEADS: [&str; 18] = [
    "序号",
    "项目",
    "栏目",
    "事项",
    "类目",
    "条目",
    "填报项",
    "填写项",
    "申报项",
    "内容",
    "填写内容",
    "填报内容",
    "申报内容",
    "具体内容",
    "申报项目",
    "填报项目",
    "填报栏目",
    "填写栏目",
];
/// Headings of a column that says how to fill in the others, or remarks on them.
const ASIDES: [&str; 17] = [
    "说明",
    "备注",
    "填写说明",
    "填报说明",
    "填表说明",
    "申报说明",
    "填写要求",
    "填报要求",
    "申报要求",
    "要求",
    "注意事项",
    "提示",
    "填写提示",
    "填写须知",
    "示例",
    "填写示例",
    "样例",
];

/// The columns that explain the others, where a row holds nothing but headings of columns.
pub(super) fn explained(row: &Row) -> Option<Vec<usize>> {
    let mut asides = Vec::new();
    let mut heads = 0;
    for cell in row.cells.iter().filter(|cell| !is_blank_cell(cell)) {
        let heading = text::key(&cell_text(cell));
        match (HEADS.contains(&heading.as_str()), ASIDES.contains(&heading.as_str())) {
            (true, _) => heads += 1,
            (false, true) => asides.push(cell.column),
            (false, false) => return None,
        }
    }
    (heads >= 2 || heads >= 1 && !asides.is_empty()).then_some(asides)
}

/// A row without the cells of those columns.
pub(super) fn without<'a>(row: &'a Row, asides: &[usize]) -> Cow<'a, Row> {
    let is_aside = |column: usize| asides.contains(&column);
    match row.cells.iter().any(|cell| is_aside(cell.column)) {
        true => Cow::Owned(Row { cells: row.cells.iter().filter(|cell| !is_aside(cell.column)).cloned().collect() }),
        false => Cow::Borrowed(row),
    }
}
