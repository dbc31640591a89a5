//! `inspect` for people: one mail on a page.

use super::output::visible;
use super::words;
use crate::model::decision::Decision;
use crate::model::defect::{Defect, Severity};
use crate::model::outbox::ReplyPlan;
use crate::model::reading::{CaseReading, Intake};
use std::fmt::Write;

/// The page.
pub fn page(file: &str, intake: &Intake, decision: &Decision, reply: &ReplyPlan) -> String {
    let reading = &intake.reading;
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "{label}{}", visible(value));
    };
    line("■ ", file);
    line("  发件人  ", &reading.message.from.address);
    line("  主题    ", &reading.message.subject);
    line("  收到    ", &reading.message.received_at);
    line("  处理    ", &format!("{}：{}", words::disposition(Some(decision.disposition.as_str())), decision.because));
    for case in &reading.cases {
        out.push_str(&of_case(case));
    }
    defects(&mut out, "  ", &reading.defects);
    for file in &reading.evidence {
        let _ = writeln!(out, "  附件    {}（{}，{}）", visible(&file.name), words::size(file.bytes), words::role(file.role.as_str()));
    }
    let _ =
        writeln!(out, "  答复    {}：{}", words::reply(reply.kind.as_str()), visible(reply.subject.as_deref().unwrap_or(&reply.because)));
    out.push('\n');
    out
}

fn of_case(case: &CaseReading) -> String {
    let mut out = String::new();
    let shown = |value: &Option<String>| visible(value.as_deref().unwrap_or("（未填）"));
    let categories: Vec<&str> = case.categories.iter().map(|category| words::category(category.as_str())).collect();
    let _ = writeln!(out, "  案例    {}", shown(&case.title));
    let _ = writeln!(out, "    申报表  {}", visible(&case.form.file));
    let _ = writeln!(out, "    单位    {}　市州：{}", shown(&case.unit), words::region(case.region.as_deref()));
    let _ = writeln!(out, "    类别    {}　{}", categories.join("、"), visible(case.category_other.as_deref().unwrap_or("")));
    let _ = writeln!(out, "    联系人  {}　{}", shown(&case.contact.name), visible(&case.contact.phones.join("、")));
    let _ = writeln!(out, "    介绍    {}字", case.introduction.words);
    let _ = writeln!(out, "    公章    {}", words::seal(case.seal.as_str()));
    let window = words::window(case.window.month.as_deref(), case.window.batch.as_deref(), case.window.late);
    let _ = writeln!(out, "    窗口    {window}");
    let _ = writeln!(out, "    状态    {}", case.status.label());
    defects(&mut out, "    ", &case.defects);
    for file in &case.evidence {
        let _ = writeln!(out, "    附件    {}（{}，{}）", visible(&file.name), words::size(file.bytes), words::role(file.role.as_str()));
    }
    out
}

fn defects(out: &mut String, indent: &str, defects: &[Defect]) {
    for defect in defects {
        let whose = match defect.severity {
            Severity::Correct => "需补正",
            Severity::Check => "待核查",
        };
        let _ = writeln!(out, "{indent}{whose}  {}", visible(&defect.message));
    }
}
