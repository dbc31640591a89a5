//! `case show`: everything about a case on one page of a terminal, or as JSON.

use super::explain::whole;
use super::tell::{self, Contacts};
use crate::app::App;
use crate::cli::output::table::width_of;
use crate::cli::output::{self, terminal, visible};
use crate::cli::words;
use crate::cli::{Failure, actor, window};
use crate::intake::{correction, schedule::Office};
use crate::model::audit::Act;
use crate::model::reading::Contact;
use crate::model::report::DeskEntry;
use crate::model::time;
use crate::report::fold::folded;
use crate::report::visible::bounded;
use crate::store::{CaseDetail, EvidenceRow, MessageRow, OutboxRow, RevisionRow};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

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
        let beside = Beside::of(app, &detail).await?;
        note(app, &detail).await?;
        match self.format {
            ShowFormat::Json => {
                let whole = Whole { detail: &detail, deadline: beside.deadline.map(time::rfc3339), liaison: &beside.liaison };
                output::print(&(serde_json::to_string_pretty(&whole).map_err(Failure::failed)? + "\n"))
            }
            ShowFormat::Text => {
                output::print_paged(&page(&detail, &beside, terminal::width()))?;
                if let Some(number) = &detail.case.number {
                    eprintln!("zhihui case explain {number}   看每项内容出自何处、依据哪条规则");
                }
                Ok(())
            }
        }
    }
}

/// What is told beside the case.
struct Beside {
    now: Timestamp,
    /// By when the unit is to answer.
    deadline: Option<Timestamp>,
    /// Who speaks for its region, by the roster.
    liaison: Option<Contact>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    detail: &'a CaseDetail,
    deadline: Option<String>,
    liaison: &'a Option<Contact>,
}

impl Beside {
    async fn of(app: &App, detail: &CaseDetail) -> Result<Beside, Failure> {
        let region = detail.case.region.as_deref();
        let roster = app.store.roster(&detail.case.campaign).await?;
        let liaison = region.and_then(|region| roster.liaison(region));
        let liaison = liaison.map(|one| Contact { name: Some(one.name.clone()), phones: one.phone.iter().cloned().collect() });
        Ok(Beside { now: app.clock.now(), deadline: deadline(app, detail)?, liaison })
    }
}

/// By when the unit is to answer what it was asked; none where nothing is open, or it is our turn.
pub fn deadline(app: &App, detail: &CaseDetail) -> Result<Option<Timestamp>, Failure> {
    let asks_again =
        detail.outbox.iter().any(|mail| detail.requests.contains(&mail.id) && matches!(mail.state.as_str(), "queued" | "held"));
    let revised = detail.revisions.iter().find(|revision| revision.revision == detail.case.revision);
    let revised = revised.and_then(|revision| revision.received_at.parse::<Timestamp>().ok());
    let Some(revised) = revised.filter(|_| detail.case.status == "needs_correction" && !asks_again) else { return Ok(None) };
    Ok(correction::due(&detail.asked, revised, &Office::of(&app.loaded.config, &app.loaded.workdays)))
}

/// Who looks at whom to telephone is in the log, before anything is shown.
async fn note(app: &App, detail: &CaseDetail) -> Result<(), Failure> {
    let readings = detail.revisions.iter().map(|revision| &revision.reading).chain(&detail.settled);
    let mut contacts = readings.flat_map(|reading| std::iter::once(&reading.contact).chain(&reading.more_contacts));
    if contacts.all(|contact| contact.name.is_none() && contact.phones.is_empty()) {
        return Ok(());
    }
    let name = detail.case.number.clone().unwrap_or_else(|| detail.case.id.to_string());
    let entry = actor::by(app, None).entry(Act::ContactsShown, format!("case/{name}"), json!({}));
    app.store.audit(entry).await.map_err(|error| {
        let error = Failure::from(error);
        let message = format!(
            "没有显示：查看联系方式要记入审计日志，而现在不能写入（{}）\nzhihui case explain {}   联系方式隐藏一部分，不写日志",
            error.message,
            visible(&name)
        );
        Failure { message, ..error }
    })
}

/// A case by its number, or by the row of a possible revision.
pub async fn detail(app: &App, number: &str) -> Result<CaseDetail, Failure> {
    let number = &window::numbered(app, number);
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

fn page(detail: &CaseDetail, beside: &Beside, width: Option<usize>) -> String {
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
    fields(detail, beside, &mut page);
    let place = words::window(case.month.as_deref(), case.batch.as_deref(), case.late);
    let standing = detail.revisions.iter().find(|revision| revision.revision == case.revision);
    page.label("征集窗口", &standing.and_then(|standing| standing.placement.as_ref()).map_or(place, tell::placement));
    if let Some(deadline) = beside.deadline {
        let state = if deadline < beside.now { "，已超期" } else { "" };
        page.label("补正期限", &format!("至 {}{state}", tell::at(deadline)));
    }
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
fn fields(detail: &CaseDetail, beside: &Beside, page: &mut Lines) {
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
    page.label("公章", &tell::seal(detail));
    if let Some(liaison) = &beside.liaison {
        page.label("联络员", &format!("{}（{}）", tell::contact(liaison, Contacts::Shown), words::region(case.region.as_deref())));
    }
    for (key, label) in DeskEntry::FIELDS {
        if !detail.desk.get(key).is_empty() {
            page.label(label, detail.desk.get(key));
        }
    }
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

    /// One line; where it is too long, the rest is indented.
    fn put(&mut self, indent: usize, line: &str) {
        let line = visible(&bounded(line, MOST));
        for (at, part) in folded(&line, self.width, self.width.saturating_sub(indent)).into_iter().enumerate() {
            self.out.extend(std::iter::repeat_n(' ', if at == 0 { 0 } else { indent }));
            self.out.push_str(part);
            self.out.push('\n');
        }
    }
}
