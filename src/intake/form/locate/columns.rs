//! Columns of a table that has a row of headings: 项目 | 内容 | 说明. What explains the others holds no value.

use super::cells::{cell_text, is_blank_cell};
use crate::intake::form::ticks::is_tick;
use crate::intake::form::units::is_unit_name;
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

/// Words of instructions: what says them tells how to fill in a field, and is no value of it. A word that titles and names of
/// units hold too (突出, 要求, 限) stands in them only beside what makes an instruction of it.
const INSTRUCTS: [&str; 36] = [
    "请填",
    "请写",
    "请注",
    "请按",
    "请与",
    "请用",
    "请勿",
    "请选",
    "请在",
    "应与",
    "应为",
    "应填",
    "须与",
    "须填",
    "须为",
    "需与",
    "需填",
    "填写",
    "填报",
    "不超过",
    "字以内",
    "多选",
    "单选",
    "注明",
    "全称",
    "与公章",
    "简明",
    "简洁",
    "必填",
    "选填",
    "限填",
    "勾选",
    "打勾",
    "题目要求",
    "名称要求",
    "要求突出",
];
/// What begins so is an example, whatever it holds.
const EXAMPLES: [&str; 5] = ["例如", "例：", "例:", "如：", "示例"];
/// An instruction is no longer, in characters.
const LONGEST_INSTRUCTION: usize = 60;
/// As many digits may be a telephone number.
const NUMBER: usize = 7;
/// As many rows have their instruction: one that seems to be one may be a value.
const FEWEST: usize = 2;

/// The columns that hold nothing but instructions behind labels and their values, though no heading says so:
/// 案例题目 | 某某 | 题目应简明扼要. Where one cell may be a value, the column is none.
pub(super) fn instructing(table: &Table, labels: &Labels) -> Vec<usize> {
    let is_label = |cell: &Cell| labels.announced(cell_text(cell).trim()).is_some_and(|found| found.form == LabelForm::Alone);
    // In how many rows; none where anything else stands in the column.
    let mut columns: BTreeMap<usize, Option<usize>> = BTreeMap::new();
    for row in table.rows.iter().filter(|row| row.cells.len() > 2) {
        let Some(label) = row.cells.iter().take(2).position(is_label) else { continue };
        let mut behind_label = false;
        for cell in row.cells.iter().skip(label + 2) {
            let value = std::mem::replace(&mut behind_label, is_label(cell));
            if is_blank_cell(cell) {
                continue;
            }
            let rows = columns.entry(cell.column).or_insert(Some(0));
            *rows = rows.filter(|_| !value && !behind_label && instructs(cell)).map(|rows| rows + cell.row_span.max(1));
        }
    }
    columns.into_iter().filter(|(_, rows)| rows.is_some_and(|rows| rows >= FEWEST)).map(|(column, _)| column).collect()
}

fn instructs(cell: &Cell) -> bool {
    let content = text::narrowed(cell_text(cell).trim());
    if content.chars().count() > LONGEST_INSTRUCTION || is_ticked(&content) {
        return false;
    }
    let is_number = content.chars().filter(char::is_ascii_digit).count() >= NUMBER;
    let is_value = is_number || content.lines().any(is_unit_name);
    EXAMPLES.iter().any(|word| content.starts_with(word)) || !is_value && INSTRUCTS.iter().any(|word| content.contains(word))
}

/// Whether a box or a mark stands there that isn't only spoken of: 在□内打√.
fn is_ticked(content: &str) -> bool {
    let spoken = ["打√", "划√", "画√", "打“√”", "划“√”", "打\"√\"", "□内", "□中", "□里"].iter();
    spoken.fold(content.to_owned(), |rest, words| rest.replace(words, "打勾")).contains(is_tick)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use crate::intake::document::{Limits, html};
    use crate::model::document::Block;

    /// The columns of instructions in a table of these rows.
    fn columns(rows: &[&[&str]]) -> Vec<usize> {
        let cells = |row: &[&str]| row.iter().map(|cell| format!("<td>{cell}</td>")).collect::<String>();
        let rows: String = rows.iter().map(|row| format!("<tr>{}</tr>", cells(row))).collect();
        let document = html::read_text(&format!("<table>{rows}</table>"), &Limits::default()).unwrap();
        let Some(Block::Table(table)) = document.blocks.into_iter().next() else { panic!("no table") };
        instructing(&table, &Labels::new(&CampaignFile::builtin().unwrap().campaign.form))
    }

    #[test]
    fn instructions_in_every_row_are_a_column() {
        let found = columns(&[
            &["案例题目", "某题目", "题目应简明，不超过30字"],
            &["报送单位", "某检测中心", "须与公章一致"],
            &["案例分类", "□计量 ☑标准 □检验检测 □认证 □其它", "在□内打√，可多选"],
            &["联系人及电话", "张三 19900000001", "例如：李四 19900000002"],
        ]);
        assert_eq!(found, [2]);
    }

    #[test]
    fn a_value_that_sounds_like_an_instruction_is_a_value() {
        let unit = ["报送单位", "某检测中心", "填写全称"];
        for row in [
            ["案例题目", "某题目", "报送单位", "湖北某某检测有限公司"],
            ["报送单位", "某检测中心", "案例题目", "请填好质量这张答卷"],
            ["联系人", "张三", "联系电话", "手机（请注明分机）"],
        ] {
            assert_eq!(
                columns(&[&row, &["联系人", "张三", "", "请填写姓名"], &["案例分类", "", "", "可多选"]]),
                Vec::<usize>::new(),
                "{row:?}"
            );
        }
        for (label, value, beside) in [
            ("联系人及电话", "张三", "请注意拨打时填写的19900000001"),
            ("案例分类", "□计量 □标准", "其它（请注明）√ 质量管理体系"),
            ("案例分类", "计量", "√其它（请注明）知识产权"),
            ("报送单位", "某局", "湖北填写软件有限公司"),
            ("案例题目", "突出标准", "引领有限要求"),
        ] {
            assert_eq!(columns(&[&unit, &["案例题目", "某题目", "题目请填写"], &[label, value, beside]]), Vec::<usize>::new(), "{beside}");
        }
        assert_eq!(columns(&[&unit, &["案例题目", "某题目", ""]]), Vec::<usize>::new(), "one row alone");
    }
}
