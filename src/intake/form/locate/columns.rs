//! Columns of a table that has a row of headings: 项目 | 内容 | 说明. What explains the others holds no value.

use super::cells::{cell_text, is_blank_cell};
use crate::intake::labels::{LabelForm, Labels};
use crate::intake::text;
use crate::model::document::{Cell, Row, Table};
use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// Words of instructions: what says them tells how to fill in a field, and is no value of it.
const INSTRUCTS: [&str; 26] = [
    "请",
    "应当",
    "须",
    "填写",
    "填报",
    "不超过",
    "以内",
    "字以",
    "多选",
    "单选",
    "注明",
    "全称",
    "一致",
    "简明",
    "简洁",
    "必填",
    "选填",
    "例如",
    "示例",
    "格式",
    "勾选",
    "打√",
    "打勾",
    "要求",
    "突出",
    "限",
];
/// An instruction is no longer, in characters.
const LONGEST_INSTRUCTION: usize = 60;

/// The columns that hold nothing but instructions behind labels and their values, though no heading says so:
/// 案例题目 | 某某 | 题目应简明扼要.
pub(super) fn instructing(table: &Table, labels: &Labels) -> Vec<usize> {
    let is_label = |cell: &Cell| labels.announced(cell_text(cell).trim()).is_some_and(|found| found.form == LabelForm::Alone);
    let mut columns: BTreeMap<usize, bool> = BTreeMap::new();
    for row in table.rows.iter().filter(|row| row.cells.len() > 2) {
        let Some(label) = row.cells.iter().take(2).position(is_label) else { continue };
        for cell in row.cells.iter().skip(label + 2).filter(|cell| !is_blank_cell(cell)) {
            *columns.entry(cell.column).or_insert(true) &= instructs(cell) && !is_label(cell);
        }
    }
    columns.into_iter().filter(|(_, instructs)| *instructs).map(|(column, _)| column).collect()
}

fn instructs(cell: &Cell) -> bool {
    let content = cell_text(cell);
    let ticked = content.contains(|c| crate::intake::form::ticks::is_tick(c) && c != '√');
    !ticked && content.chars().count() <= LONGEST_INSTRUCTION && INSTRUCTS.iter().any(|word| content.contains(word))
}

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
