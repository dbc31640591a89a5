//! 汇总表: a bureau's list of what it sends, read in order. It is known by its row of labels, whatever its file is called.

use crate::intake::text;
use crate::model::document::{Block, Cell, Document, Row, Table};

/// A hostile table may have any number of rows.
const ROWS: usize = 2000;
/// The longest label of a column with its hints, in bytes.
const LABEL: usize = 600;

/// One case as the table lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// 推荐顺序 or 序号, else its place in the table, from 1.
    pub order: u32,
    /// 案例名称.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
}

/// How sure the file's name makes us that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The name says 汇总表.
    Summary,
    /// It says nothing: only a table with titles and applicants counts, since ledgers look alike.
    Otherwise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Rank,
    Number,
    Title,
    Unit,
    Other,
}

/// The rows of every summary table of a document, in order; empty where it has none.
pub(super) fn read(document: &Document, named: Named) -> Vec<Listed> {
    let mut reader = Reader { named, columns: Vec::new(), width: 0, listed: Vec::new() };
    for block in &document.blocks {
        if let Block::Table(table) = block {
            reader.table(table);
        }
    }
    reader.listed
}

struct Reader {
    named: Named,
    /// The meaning of each grid column, by the last row of labels.
    columns: Vec<(usize, Column)>,
    width: usize,
    listed: Vec<Listed>,
}

impl Reader {
    fn table(&mut self, table: &Table) {
        let width = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        // A table that goes on over the page has no labels of its own, and as many columns.
        if width != self.width {
            self.columns.clear();
        }
        let mut above: Vec<(usize, usize, String)> = Vec::new();
        for row in &table.rows {
            if let Some(columns) = header(row, self.named) {
                (self.columns, self.width) = (columns, width);
            } else if !self.columns.is_empty() && self.listed.len() < ROWS {
                self.row(row, &above);
            }
            // A unit's cell that is merged over several rows stands in the first only.
            above.iter_mut().for_each(|(_, left, _)| *left -= 1);
            above.retain(|(_, left, _)| *left > 0);
            above.extend(row.cells.iter().filter(|cell| cell.row_span > 1).map(|cell| (cell.column, cell.row_span - 1, shown(cell))));
        }
    }

    fn row(&mut self, row: &Row, above: &[(usize, usize, String)]) {
        let value = |wanted: Column| {
            let (column, _) = self.columns.iter().find(|(_, column)| *column == wanted)?;
            let own = row.cells.iter().find(|cell| cell.column == *column).map(shown);
            own.or_else(|| above.iter().find(|(at, ..)| at == column).map(|(_, _, text)| text.clone())).filter(|text| says_something(text))
        };
        let (title, unit) = (value(Column::Title), value(Column::Unit));
        let own_title = self
            .columns
            .iter()
            .find(|(_, column)| *column == Column::Title)
            .is_none_or(|(column, _)| row.cells.iter().any(|cell| cell.column == *column && says_something(&shown(cell))));
        let filled = row.cells.iter().filter(|cell| says_something(&shown(cell))).count();
        let first = row.cells.iter().map(shown).find(|text| !text.is_empty()).unwrap_or_default();
        if (title.is_none() && unit.is_none()) || !own_title || filled < 2 || is_foot(&first) {
            return;
        }
        let number = value(Column::Rank).or_else(|| value(Column::Number)).and_then(|text| digits(&text));
        let order = number.unwrap_or(u32::try_from(self.listed.len() + 1).unwrap_or(u32::MAX));
        self.listed.push(Listed { order, title, unit });
    }
}

/// The meaning of each column, if the row is one of labels.
fn header(row: &Row, named: Named) -> Option<Vec<(usize, Column)>> {
    let mut columns: Vec<(usize, Column)> = Vec::new();
    for cell in &row.cells {
        let shown = shown(cell);
        if let Some(column) = (shown.len() <= LABEL)
            .then(|| column(&text::key(&shown), named))
            .flatten()
            .filter(|found| *found == Column::Other || columns.iter().all(|(_, known)| known != found))
        {
            columns.push((cell.column, column));
        }
    }
    let has = |wanted: Column| columns.iter().any(|(_, column)| *column == wanted);
    let enough = match named {
        Named::Summary => has(Column::Title) || has(Column::Unit),
        Named::Otherwise => has(Column::Title) && has(Column::Unit),
    };
    (enough && columns.len() >= 2 && columns.len() * 2 > row.cells.len()).then_some(columns)
}

fn column(key: &str, named: Named) -> Option<Column> {
    let bare = key.trim_end_matches("全称").trim_end_matches("必填");
    let starts = |words: &[&str]| words.contains(&bare);
    match () {
        () if starts(&["推荐顺序", "推荐排序", "排序", "排名", "推荐次序", "顺序"]) => Some(Column::Rank),
        () if starts(&["序号", "编号", "序", "案例编号", "案例序号"]) => Some(Column::Number),
        () if starts(&[
            "案例名称",
            "案例题目",
            "案例标题",
            "典型案例名称",
            "典型案例题目",
            "典型案例",
            "案例",
            "案例名",
            "申报案例",
            "推荐案例",
            "申报案例名称",
            "推荐案例名称",
        ]) =>
        {
            Some(Column::Title)
        }
        () if named == Named::Summary && starts(&["题目", "标题", "名称", "项目名称", "申报项目"]) => Some(Column::Title),
        () if starts(&[
            "报送单位",
            "申报单位",
            "申报主体",
            "报送单位名称",
            "申报单位名称",
            "案例报送单位",
            "案例申报单位",
            "申报机构",
            "报送机构",
            "单位",
        ]) =>
        {
            Some(Column::Unit)
        }
        () if starts(&["单位名称", "机构名称"]) => Some(Column::Unit),
        () if named == Named::Summary && starts(&["推荐单位", "实施单位", "企业名称", "单位机构名称"]) => {
            Some(Column::Unit)
        }
        () if [
            "类别",
            "分类",
            "类型",
            "联系人",
            "电话",
            "联系方式",
            "手机",
            "备注",
            "市州",
            "地区",
            "所属",
            "推荐单位",
            "主要内容",
            "领域",
            "姓名",
            "职务",
        ]
        .iter()
        .any(|word| bare.contains(word)) =>
        {
            Some(Column::Other)
        }
        () => None,
    }
}

fn shown(cell: &Cell) -> String {
    let lines: Vec<String> = cell
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Paragraph(paragraph) => Some(paragraph.text()),
            Block::Table(_) => None,
        })
        .collect();
    text::joined(lines.iter().map(String::as_str))
}

fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// 合计, 备注, 填表人: what stands beneath the list.
fn is_foot(first: &str) -> bool {
    let key = text::key(first);
    ["合计", "总计", "小计", "共计", "备注", "说明", "填表", "填报", "制表", "审核", "负责人", "联系人", "注"]
        .iter()
        .any(|word| key.starts_with(word))
        && !key.starts_with("注册")
}

fn digits(text: &str) -> Option<u32> {
    let narrow: String = text::narrowed(text).chars().filter(|c| !c.is_whitespace()).collect();
    narrow.trim_end_matches(['.', '、']).split('.').next()?.parse().ok()
}
