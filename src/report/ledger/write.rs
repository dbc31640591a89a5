//! Cases into the workbook, by rust_xlsxwriter (ECMA-376, SpreadsheetML).

use super::style::{Styles, height};
use super::{CLEAR, SHEET};
use crate::intake::compose::plain;
use crate::intake::schedule::Office;
use crate::model::{
    campaign::Campaign,
    region::Regions,
    report::{CaseFacts, DeskEntry},
    time,
};
use crate::report::{
    figures::{Standing, Tally, deadline},
    week::{Period, Week},
    words,
};
use jiff::{Timestamp, ToSpan};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Whether names and numbers can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contacts {
    /// `张**`, `199****9037`.
    Masked,
    /// Whole.
    Shown,
}

/// What a ledger is made of.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    /// In order of opening.
    pub cases: &'a [CaseFacts],
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The province's regions.
    pub regions: &'a Regions,
    /// For deadlines.
    pub office: Office<'a>,
    /// As of when.
    pub as_of: Timestamp,
    /// Whether names and numbers can be read.
    pub contacts: Contacts,
}

/// Heading and width of each column; the last three are filled in by people.
const COLUMNS: [(&str, f64); 21] = [
    ("序号", 5.0),
    ("编号", 16.0),
    ("状态", 10.0),
    ("案例题目", 30.0),
    ("报送单位", 22.0),
    ("市州", 7.0),
    ("报送渠道", 9.0),
    ("案例分类", 12.0),
    ("重点方面", 16.0),
    ("征集月份", 10.0),
    ("阶段性征集", 12.0),
    ("收到时间", 16.0),
    ("版本", 11.0),
    ("补正期限", 16.0),
    ("需补正事项", 26.0),
    ("待核查事项", 26.0),
    ("联系人", 8.0),
    ("联系电话", 14.0),
    ("处理意见", 18.0),
    ("承办人", 8.0),
    ("备注", 16.0),
];
const FILLED_IN: usize = 3;
/// Paper sizes by their numbers in SpreadsheetML.
const A3: u8 = 8;
const A4: u8 = 9;
/// A cell holds 32,767 characters; nobody reads as many.
const CELL: usize = 2_000;

impl Ledger<'_> {
    /// The workbook as the bytes of an `.xlsx` file. The same ledger gives the same bytes.
    pub fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let created = ExcelDateTime::from_timestamp(self.as_of.as_second())?;
        let title = format!("{}典型案例台账", self.campaign.brand.name);
        book.set_properties(
            &DocProperties::new().set_title(&title).set_author(&self.campaign.office.signature).set_creation_datetime(&created),
        );
        let styles = Styles::new();
        self.cases_sheet(book.add_worksheet(), &styles)?;
        self.regions_sheet(book.add_worksheet(), &styles)?;
        self.windows_sheet(book.add_worksheet(), &styles)?;
        self.notes_sheet(book.add_worksheet(), &styles)?;
        book.save_to_buffer()
    }

    fn cases_sheet(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name(SHEET)?;
        self.lay_out(sheet, A3, &COLUMNS.map(|(_, width)| width), styles, &COLUMNS.map(|(name, _)| name))?;
        sheet.set_freeze_panes(1, 2)?;
        let listed: Vec<&CaseFacts> = self.cases.iter().filter(|case| Standing::of(case) != Standing::Gone).collect();
        for (at, case) in listed.iter().enumerate() {
            let row = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
            let texts = self.row(at, case).map(|text| plain(&text, CELL));
            sheet.set_row_height(row, height(texts.iter().zip(COLUMNS.map(|(_, width)| width))))?;
            for (column, text) in texts.iter().enumerate() {
                let style = if column + FILLED_IN >= COLUMNS.len() { &styles.to_fill } else { &styles.cell };
                sheet.write_string_with_format(row, u16::try_from(column).unwrap_or(u16::MAX), text, style)?;
            }
        }
        let last = u32::try_from(listed.len()).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
        Ok(())
    }

    fn row(&self, at: usize, case: &CaseFacts) -> [String; COLUMNS.len()] {
        let labels = |keys: &[String], label: &dyn Fn(&str) -> String| keys.iter().map(|key| label(key)).collect::<Vec<_>>().join("、");
        let (name, phones) = self.contact(case);
        let DeskEntry { opinion, handler, remark } = case.desk.clone();
        [
            (at + 1).to_string(),
            case.number.clone().unwrap_or_default(),
            standing(case).to_owned(),
            case.title.clone().unwrap_or_else(|| "（未填）".into()),
            case.unit.clone().unwrap_or_else(|| "（未填）".into()),
            words::region(case.region.as_deref(), self.regions).to_owned(),
            if case.channel == "local" { "地方征集" } else { "直接报送" }.to_owned(),
            labels(&case.categories, &|key| words::category(key, self.campaign).to_owned()),
            labels(&case.focus_areas, &|key| words::focus(key, self.campaign).to_owned()),
            case.month.as_deref().and_then(month).unwrap_or_else(|| "截止后".into()),
            case.batch.as_deref().map(|id| words::batch(id, self.campaign).to_owned()).unwrap_or_default(),
            minute(case.opened),
            if case.revision > 1 { format!("第{}版（{}）", case.revision, minute(case.revised)) } else { "第1版".into() },
            deadline(case, &self.office).map(|at| time::local(at).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            case.corrections.join("；"),
            self.checks(case),
            name,
            phones,
            opinion,
            handler,
            remark,
        ]
    }

    fn checks(&self, case: &CaseFacts) -> String {
        let beside = case.possibly_of.as_ref().map(|number| format!("疑似{number}的新版本，待认定"));
        beside.iter().chain(&case.checks).map(String::as_str).collect::<Vec<_>>().join("；")
    }

    fn contact(&self, case: &CaseFacts) -> (String, String) {
        let (name, phones) = (case.contact.name.clone().unwrap_or_default(), &case.contact.phones);
        match self.contacts {
            Contacts::Shown => (name, phones.join("、")),
            Contacts::Masked => {
                (words::masked_name(&name), phones.iter().map(|phone| words::masked_phone(phone)).collect::<Vec<_>>().join("、"))
            }
        }
    }

    fn regions_sheet(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name("按市州")?;
        let heads = ["序号", "市州", "收到", "材料齐全", "待补正", "待核查", "逾期", "退回", "最近报送"];
        self.lay_out(sheet, A4, &[6.0, 16.0, 9.0, 10.0, 9.0, 9.0, 9.0, 9.0, 17.0], styles, &heads)?;
        sheet.set_freeze_panes(1, 0)?;
        let named = self.regions.regions.iter().map(|region| (Some(region.name.as_str()), region.name.as_str()));
        let mut row = 1;
        for (at, (key, name)) in named.chain([(Some("province"), "省直")]).chain([(None, "未定")]).enumerate() {
            let own: Vec<&CaseFacts> = self.counted().filter(|case| case.region.as_deref() == key).collect();
            if key.is_none() && own.is_empty() {
                continue;
            }
            let ordinal = if at < self.regions.regions.len() { (at + 1).to_string() } else { String::new() };
            let last = own.iter().map(|case| case.revised).max().map_or_else(|| "未报送".to_owned(), minute);
            self.counts(sheet, row, &[&ordinal, name], own.into_iter(), &styles.count)?;
            sheet.write_string_with_format(row, 8, last, &styles.count)?;
            row += 1;
        }
        self.counts(sheet, row, &["", "合计"], self.counted(), &styles.sum)?;
        sheet.write_string_with_format(row, 8, "", &styles.sum)?;
        Ok(())
    }

    fn windows_sheet(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name("按征集窗口")?;
        let heads = ["征集窗口", "起（含）", "止（含）", "收到", "材料齐全", "待补正", "待核查", "逾期", "退回"];
        self.lay_out(sheet, A4, &[26.0, 13.0, 13.0, 9.0, 10.0, 9.0, 9.0, 9.0, 9.0], styles, &heads)?;
        sheet.set_freeze_panes(1, 0)?;
        let calendar = &self.campaign.calendar;
        let mut row = 1;
        let mut write = |name: &str, from: &str, until: &str, own: &dyn Fn(&CaseFacts) -> bool, style: &Format| {
            let outcome = self.counts(sheet, row, &[name, from, until], self.counted().filter(|case| own(case)), style);
            row += 1;
            outcome
        };
        for batch in &calendar.batches {
            let last = batch.until.yesterday().unwrap_or(batch.until).to_string();
            write(&batch.name, &batch.from.to_string(), &last, &|case| case.batch.as_deref() == Some(&batch.id), &styles.count)?;
        }
        let mut first = calendar.opens;
        while first < calendar.closes {
            let next = first.first_of_month().saturating_add(1.month()).min(calendar.closes);
            let id = first.strftime("%Y-%m").to_string();
            let name = format!("{}常态化征集", month(&id).unwrap_or_default());
            let last = next.yesterday().unwrap_or(next).to_string();
            write(&name, &first.to_string(), &last, &|case| case.month.as_deref() == Some(&id), &styles.count)?;
            if next <= first {
                break;
            }
            first = next;
        }
        // What came before the opening keeps its month.
        let within =
            |case: &CaseFacts| case.month.as_deref().is_some_and(|month| month >= calendar.opens.strftime("%Y-%m").to_string().as_str());
        write("征集开始前收到", "", "", &|case| case.month.is_some() && !within(case), &styles.count)?;
        write("截止后收到", &calendar.closes.to_string(), "", &|case| case.month.is_none(), &styles.count)?;
        write("合计（各月）", "", "", &|_| true, &styles.sum)
    }

    fn notes_sheet(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name("说明")?;
        sheet.set_column_width(0, 110)?;
        let lines = [
            format!("{}：{}", self.campaign.brand.name, self.campaign.brand.slogan),
            format!("截至时间：{}（北京时间）", minute(self.as_of)),
            "“处理意见”“承办人”“备注”三栏（浅黄色）由专班填写，其余各栏由系统生成，改动不会导入。".to_owned(),
            format!("填好后可以导入系统：空着的格不改变原有内容，要清除原有内容请写“{CLEAR}”。请不要改动“编号”栏和表头。"),
            "“材料齐全”指没有需要单位补正、也没有需要专班核查的事项；“待人工核查”指单位不必补正、专班须核查的；“待并案”的尚无编号。"
                .to_owned(),
            "一件案例可属几个案例分类；重点方面按申报表文字初步归类，以专班审定为准；阶段性征集与各月常态化征集分别统计。".to_owned(),
            match self.contacts {
                Contacts::Masked => "联系人和电话已作隐藏处理。",
                Contacts::Shown => "本表含联系人和电话，请按个人信息保护要求保管，不要外传。",
            }
            .to_owned(),
        ];
        for (row, line) in lines.iter().enumerate() {
            sheet.write_string_with_format(u32::try_from(row).unwrap_or(u32::MAX), 0, line, &styles.note)?;
        }
        Ok(())
    }

    fn counted(&self) -> impl Iterator<Item = &CaseFacts> {
        self.cases.iter().filter(|case| Standing::of(case).counts())
    }

    /// Words, then the counts of cases.
    fn counts<'a>(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        words: &[&str],
        cases: impl Iterator<Item = &'a CaseFacts>,
        style: &Format,
    ) -> Result<(), XlsxError> {
        let day = time::local(self.as_of).date();
        let tally = Tally::over(cases, &Period { week: Week::of(day), from: day, until: day });
        let counts =
            [tally.total, tally.complete, tally.correcting, tally.checking, tally.late, tally.returned].map(|count| count.to_string());
        for (column, text) in words.iter().copied().chain(counts.iter().map(String::as_str)).enumerate() {
            sheet.write_string_with_format(row, u16::try_from(column).unwrap_or(u16::MAX), text, style)?;
        }
        Ok(())
    }

    /// Heads, widths, and how it prints: across, as wide as the page, its head on each.
    fn lay_out(&self, sheet: &mut Worksheet, paper: u8, widths: &[f64], styles: &Styles, heads: &[&str]) -> Result<(), XlsxError> {
        for (column, (width, head)) in (0_u16..).zip(widths.iter().zip(heads)) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, *head, &styles.head)?;
        }
        sheet.set_row_height(0, 24)?;
        sheet.set_landscape().set_paper_size(paper).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        // `&` begins a code in headers.
        let brand = self.campaign.brand.name.replace('&', "&&");
        sheet.set_header(format!("&L{brand} 典型案例台账&R截至{}", minute(self.as_of)));
        sheet.set_footer("&C第&P页 共&N页");
        Ok(())
    }
}

fn standing(case: &CaseFacts) -> &'static str {
    match Standing::of(case) {
        Standing::Complete => "材料齐全",
        Standing::Correcting => "待补正",
        Standing::Checking => "待人工核查",
        Standing::Late => "逾期",
        Standing::Returned => "退回",
        Standing::Beside => "待并案",
        Standing::Gone => "已撤回或并案",
    }
}

/// `2023-06` as `2023年6月`.
fn month(id: &str) -> Option<String> {
    let (year, month) = id.split_once('-')?;
    Some(format!("{year}年{}月", month.parse::<u8>().ok()?))
}

fn minute(at: Timestamp) -> String {
    time::local(at).strftime("%Y-%m-%d %H:%M").to_string()
}
