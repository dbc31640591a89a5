//! `case show`: everything about a case on one page of a terminal, or as JSON.

use super::explain::whole;
use super::tell::{self, Contacts};
use crate::app::App;
use crate::cli::Failure;
use crate::cli::output::table::width_of;
use crate::cli::output::{self, terminal, visible};
use crate::cli::words;
use crate::report::visible::bounded;
use crate::store::{CaseDetail, EvidenceRow, MessageRow, OutboxRow, RevisionRow};
use clap::{Args, ValueEnum};

/// The most characters of a line: what is longer is nobody's title or subject.
const MOST: usize = 600;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Show {
    /// 案例编号
    #[arg(value_name = "编号", help_heading = "参数")]
    number: String,
    /// 输出格式：text 或 json，默认 text
    #[arg(long, value_enum, default_value_t = ShowFormat::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    #[value(alias = "table")]
    Text,
    #[value(alias = "jsonl")]
    Json,
}

impl Show {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let detail = detail(app, &self.number).await?;
        match self.format {
            ShowFormat::Json => output::print(&(serde_json::to_string_pretty(&detail).map_err(Failure::failed)? + "\n")),
            ShowFormat::Text => {
                output::print_paged(&page(&detail, terminal::width()))?;
                if let Some(number) = &detail.case.number {
                    eprintln!("zhihui case explain {number}   看每项内容出自何处、依据哪条规则");
                }
                Ok(())
            }
        }
    }
}

/// A case by its number, or by the row of a possible revision.
pub async fn detail(app: &App, number: &str) -> Result<CaseDetail, Failure> {
    let detail = app.store.case_detail(number).await?;
    let mut detail =
        detail.ok_or_else(|| Failure::failed(format!("没有编号为 {} 的案例\nzhihui case list   看已登记的案例和编号", visible(number))))?;
    detail.messages.iter_mut().filter(|message| message.classified).for_each(withhold);
    Ok(detail)
}

/// What looks classified is told to be there, and no word of it.
fn withhold(message: &mut MessageRow) {
    "（疑似涉密，不显示）".clone_into(&mut message.subject);
    message.from.name = None;
}

fn page(detail: &CaseDetail, width: Option<usize>) -> String {
    let case = &detail.case;
    let mut page = Lines { out: String::new(), width: width.unwrap_or(usize::MAX).max(40) };
    let number = case.number.as_deref().unwrap_or("（待并案，尚无编号）");
    page.put(0, &format!("{number}  {}  {}", words::status(&case.status), tell::title(case.title.as_deref())));
    if let Some(beside) = &case.possibly_of {
        page.label("疑似同案", beside);
    }
    if let Some(whole) = &case.merged_into {
        page.label("已并入", whole);
    }
    fields(detail, &mut page);
    let place = words::window(case.month.as_deref(), case.batch.as_deref(), case.late);
    let standing = detail.revisions.iter().find(|revision| revision.revision == case.revision);
    page.label("征集窗口", &standing.and_then(|standing| standing.placement.as_ref()).map_or(place, tell::placement));
    for counted in &detail.counted {
        page.label("冻结批次", &tell::counted(counted));
    }
    if let Some(outcome) = &case.outcome {
        page.label("评审结果", words::outcome(Some(outcome)));
    }
    page.label("登记核对", &whole::at_a_glance(detail));
    page.section(
        "问题",
        case.defects.iter().map(|defect| format!("{}  {}", if defect.severity == "correct" { "需补正" } else { "待核查" }, defect.message)),
    );
    page.section("材料", detail.evidence.iter().map(file));
    page.section("版本", detail.revisions.iter().flat_map(|revision| revision_lines(detail, revision)));
    page.section("人工决定", detail.rulings.iter().map(|ruling| tell::ruling(ruling, Contacts::Shown)));
    page.section("邮件", detail.messages.iter().map(|message| mail(detail, message)));
    page.section("回复", detail.outbox.iter().map(|mail| reply(detail, mail)));
    page.section("经过", detail.history.iter().map(tell::act));
    page.out
}

/// What the form says, as far as people have not settled otherwise.
fn fields(detail: &CaseDetail, page: &mut Lines) {
    let case = &detail.case;
    let said = |keys: &[String], word: fn(&str) -> &str| keys.iter().map(|key| word(key)).collect::<Vec<_>>().join("、");
    page.label("报送单位", case.unit.as_deref().unwrap_or("（未填）"));
    page.label("市州渠道", &format!("{}，{}", words::region(case.region.as_deref()), words::channel(&case.channel)));
    page.label("案例分类", &said(&case.categories, words::category));
    page.label("重点方面", &said(&case.focus_areas, words::focus));
    if let Some(reading) = &detail.settled {
        if !reading.joint_units.is_empty() {
            page.label("联合单位", &reading.joint_units.join("、"));
        }
        if let Some(other) = &reading.category_other {
            page.label("其它类别", other);
        }
        let contacts = std::iter::once(&reading.contact).chain(&reading.more_contacts);
        let contacts: Vec<String> =
            contacts.map(|contact| tell::contact(contact, Contacts::Shown)).filter(|told| !told.is_empty()).collect();
        page.label("联系人", if contacts.is_empty() { "（未填）".to_owned() } else { contacts.join("；") }.as_str());
        page.label("介绍字数", &reading.introduction.words.to_string());
    }
    page.label("公章", words::seal(&case.seal));
}

fn file(file: &EvidenceRow) -> String {
    let came = file.revision.map_or("补充".to_owned(), |revision| format!("第{revision}版"));
    format!("{}（{}，{}，{came}）", file.name, words::size(file.bytes), words::role(&file.role))
}

/// What a revision is: when it came and by which clock, where it left the case and why, and what it changed.
fn revision_lines(detail: &CaseDetail, revision: &RevisionRow) -> Vec<String> {
    let mail = detail.messages.iter().find(|message| message.id == revision.message);
    let clock = mail.map(|mail| format!("（{}）", words::clock(&mail.received_source))).unwrap_or_default();
    let counted = detail.counted.iter().filter(|counted| counted.revision == revision.revision);
    let counted: String = counted.map(|counted| format!("  计入{}", words::batch(&counted.window))).collect();
    let mut lines = vec![format!("{}{clock}{counted}", tell::revision(revision))];
    lines.extend(revision.placement.iter().map(|placement| format!("    窗口 {}", tell::placement(placement))));
    lines.extend(tell::changes(&revision.changes, Contacts::Shown).map(|change| format!("    {change}")));
    let before = detail.rereadings.iter().filter(|before| before.revision == revision.revision);
    lines.extend(before.flat_map(|before| {
        let head = format!("    {} 按新规则重读，此前：{}", tell::second(&before.until), words::status(&before.status));
        std::iter::once(head).chain(before.changes.iter().map(|change| format!("      {}", tell::change(change, Contacts::Shown))))
    }));
    lines
}

/// A mail, and where it lies.
fn mail(detail: &CaseDetail, message: &MessageRow) -> String {
    let origin = detail.origins.iter().find(|origin| origin.message == message.id);
    let places: Vec<String> = origin.into_iter().flat_map(|origin| &origin.positions).map(tell::position).collect();
    let head = format!("{}  {}  {}", tell::second(&message.received_at), message.from.address, message.subject);
    format!("{head}（序号 {}，{}，{}）", message.id, words::disposition(message.disposition.as_deref()), places.join("；"))
}

/// A mail of ours, what it asked for, and what became of it.
fn reply(detail: &CaseDetail, mail: &OutboxRow) -> String {
    let asked = if detail.requests.contains(&mail.id) { tell::asked(detail, mail) } else { Vec::new() };
    let asked = if asked.is_empty() { String::new() } else { format!("，要求补正：{}", asked.join("；")) };
    format!("{}  {}  {}（序号 {}）：{}{asked}", words::reply(&mail.kind), mail.to, mail.subject, mail.id, tell::delivery(mail))
}

/// Lines folded at the terminal's width.
struct Lines {
    out: String,
    width: usize,
}

impl Lines {
    /// A label, and its value beside it.
    fn label(&mut self, label: &str, value: &str) {
        const LABEL: usize = 10;
        let gap = " ".repeat(LABEL.saturating_sub(width_of(label)));
        self.put(LABEL, &format!("{label}{gap}{value}"));
    }

    fn section(&mut self, heading: &str, lines: impl Iterator<Item = String>) {
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() {
            return;
        }
        self.out.push_str(&format!("\n{heading}\n"));
        for line in lines {
            let indent = line.len() - line.trim_start_matches(' ').len();
            self.put(indent + 4, &format!("  {line}"));
        }
    }

    fn fold(&mut self, indent: usize) -> usize {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        indent
    }

    /// One line; where it is too long, the rest is indented.
    fn put(&mut self, indent: usize, line: &str) {
        let line = visible(&bounded(line, MOST));
        let mut used = 0;
        for token in tokens(&line) {
            // A date or a number stays in one piece where it can.
            if used > indent && used + width_of(token) > self.width && indent + width_of(token) <= self.width {
                used = self.fold(indent);
            }
            for c in token.chars() {
                let places = width_of(c.encode_utf8(&mut [0; 4]));
                if used + places > self.width {
                    used = self.fold(indent);
                }
                self.out.push(c);
                used += places;
            }
        }
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
    }
}

/// Runs of letters, digits and what joins them; each other character by itself.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let joins = |c: char| c.is_ascii_graphic();
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if joins(first) { rest.find(|c| !joins(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, left) = rest.split_at_checked(end)?;
        rest = left;
        Some(token)
    })
}
