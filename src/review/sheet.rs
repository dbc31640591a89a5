//! The scoring sheet (评分表) of one reviewer as XLSX: everything is locked but points, remarks and the wish to withdraw;
//! points out of range are refused as they are typed.

use crate::intake::compose::plain;
use crate::model::review::{FULL, ReviewRules, Reviewer};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Formula, Workbook, Worksheet, XlsxError,
};

/// The name of the sheet.
pub(super) const SHEET: &str = "评分";
/// Headings that are found again.
pub(super) const CODE: &str = "案例";
pub(super) const TITLE: &str = "案例题目";
pub(super) const REMARK: &str = "评审意见";
pub(super) const RECUSAL: &str = "申请回避";
/// Labels above the table; the value stands to the right.
pub(super) const BATCH: &str = "批次";
pub(super) const REVIEWER: &str = "专家";
pub(super) const EDITION: &str = "批号";
/// What stands for a total that can't be worked out yet.
const UNSCORED: &str = "未评";
/// The first row of cases.
const FIRST: u32 = 4;

/// A reviewer's sheet.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// 荆楚质汇.
    pub brand: &'a str,
    /// By what is judged.
    pub rules: &'a ReviewRules,
    /// `2023-H1`.
    pub batch: &'a str,
    /// Who judges.
    pub reviewer: &'a Reviewer,
    /// Of which assignment its codes are.
    pub edition: &'a str,
    /// Codes and titles, in the order of the pack.
    pub cases: &'a [(&'a str, &'a str)],
}

/// The heading of a criterion.
pub fn heading(name: &str, weight: u32) -> String {
    format!("{name}（{weight}%）")
}

struct Styles {
    head: Format,
    cell: Format,
    total: Format,
    points: Format,
    words: Format,
    note: Format,
    title: Format,
}

impl Styles {
    fn new() -> Styles {
        let base = Format::new().set_font_name("宋体").set_font_size(11).set_text_wrap().set_align(FormatAlign::VerticalCenter);
        let bordered = base.clone().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00BF_BAB0));
        let open = bordered.clone().set_unlocked().set_background_color(Color::RGB(0x00FF_FBE6));
        Styles {
            head: bordered.clone().set_bold().set_align(FormatAlign::Center).set_background_color(Color::RGB(0x00F3_EEE6)),
            total: bordered.clone().set_align(FormatAlign::Center).set_num_format("0.00"),
            points: open.clone().set_align(FormatAlign::Center).set_num_format("0.#"),
            words: open.set_num_format("@"),
            cell: bordered.set_num_format("@"),
            note: base.clone(),
            title: base.set_bold().set_font_size(16),
        }
    }
}

impl Sheet<'_> {
    /// The bytes of a `.xlsx` file; the same sheet gives the same.
    pub fn xlsx(&self) -> Result<Vec<u8>, String> {
        self.write().map_err(|error| error.to_string())
    }

    fn write(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // Nobody's name and no time: a sheet says who fills it in, and nothing else.
        let created = ExcelDateTime::from_ymd(2023, 1, 1)?;
        book.set_properties(&DocProperties::new().set_title("评分表").set_creation_datetime(&created));
        let styles = Styles::new();
        let sheet = book.add_worksheet();
        sheet.set_name(SHEET)?;
        self.head(sheet, &styles)?;
        for (row, (code, title)) in (FIRST..).zip(self.cases) {
            self.row(sheet, row, (code, title), &styles)?;
        }
        let last = FIRST.saturating_add(u32::try_from(self.cases.len()).unwrap_or(u32::MAX)).saturating_sub(1);
        let criteria = self.criteria();
        if !self.cases.is_empty() {
            sheet.add_data_validation(FIRST, 2, last, criteria.saturating_add(1), &validation()?)?;
        }
        sheet.protect();
        sheet.set_freeze_panes(FIRST, 2)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(FIRST - 1, FIRST - 1)?;
        book.save_to_buffer()
    }

    fn criteria(&self) -> u16 {
        u16::try_from(self.rules.criteria.len()).unwrap_or(u16::MAX)
    }

    fn head(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        let after = self.criteria().saturating_add(2);
        sheet.merge_range(0, 0, 0, after.saturating_add(2), &format!("{}典型案例评分表", self.brand), &styles.title)?;
        sheet.set_row_height(0, 32)?.set_row_height(1, 22)?;
        let name = plain(&self.reviewer.name, 40);
        let line = [BATCH, self.batch, REVIEWER, &self.reviewer.code, &name, EDITION, self.edition];
        for (column, text) in (0..).zip(line) {
            sheet.write_string_with_format(1, column, text, &styles.note)?;
        }
        let note =
            format!("只填黄色的格：每项0至{FULL}分，可保留一位小数；一件案例的各项都要评。需要回避的不评分，在“{RECUSAL}”栏写明原因。");
        sheet.merge_range(2, 0, 2, after.saturating_add(2), &note, &styles.note)?;
        sheet.set_row_height(2, 34)?;
        let heads = [CODE.to_owned(), TITLE.to_owned()].into_iter();
        let criteria = self.rules.criteria.iter().map(|criterion| heading(&criterion.name, criterion.weight));
        let heads = heads.chain(criteria).chain(["总分".to_owned(), REMARK.to_owned(), RECUSAL.to_owned()]);
        for (column, text) in (0..).zip(heads) {
            sheet.write_string_with_format(FIRST - 1, column, text, &styles.head)?;
        }
        sheet.set_row_height(FIRST - 1, 32)?;
        for (column, width) in [(0, 10.0), (1, 44.0), (after, 9.0), (after.saturating_add(1), 40.0), (after.saturating_add(2), 18.0)] {
            sheet.set_column_width(column, width)?;
        }
        sheet.set_column_range_width(2, after.saturating_sub(1), 12.0)?;
        Ok(())
    }

    fn row(&self, sheet: &mut Worksheet, row: u32, (code, title): (&str, &str), styles: &Styles) -> Result<(), XlsxError> {
        let after = self.criteria().saturating_add(2);
        sheet.write_string_with_format(row, 0, code, &styles.cell)?;
        let title = plain(title, 200);
        sheet.write_string_with_format(row, 1, &title, &styles.cell)?;
        let columns: u32 = title.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        sheet.set_row_height(row, f64::from(columns.div_ceil(42).max(2)) * 15.0 + 4.0)?;
        for column in 2..after {
            sheet.write_blank(row, column, &styles.points)?;
        }
        // The reader works it out anew; here it only shows the reviewer what the weights make of the points.
        let (first, last) = (column_name(2), column_name(after.saturating_sub(1)));
        let line = row + 1;
        let weights =
            (2_u16..).zip(&self.rules.criteria).map(|(column, criterion)| format!("{}{line}*{}", column_name(column), criterion.weight));
        let sum = weights.collect::<Vec<_>>().join("+");
        let formula = format!("=IF(COUNT({first}{line}:{last}{line})={},({sum})/100,\"{UNSCORED}\")", self.rules.criteria.len());
        sheet.write_formula_with_format(row, after, Formula::new(formula).set_result(UNSCORED), &styles.total)?;
        sheet.write_blank(row, after.saturating_add(1), &styles.words)?;
        sheet.write_blank(row, after.saturating_add(2), &styles.words)?;
        Ok(())
    }
}

fn validation() -> Result<DataValidation, XlsxError> {
    let between = DataValidationRule::Between(0.0, f64::from(FULL));
    let validation = DataValidation::new().allow_decimal_number(between).set_error_style(DataValidationErrorStyle::Stop);
    validation.set_error_title("分数有误")?.set_error_message(format!("请填0至{FULL}的数"))
}

fn column_name(column: u16) -> String {
    crate::report::ledger::letters(usize::from(column))
}
