//! What takes two persons: how the first is told to wait, who is refused, and `approval list`, where the second finds what
//! waits and what to type.

use super::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::Field;
use super::{Failure, actor, words};
use crate::app::App;
use crate::model::audit::Act;
use crate::report::words::without_people;
use crate::store::{Approval, Waiting};
use clap::{Args, Subcommand};
use serde_json::Value;

/// Why an act that takes two persons is refused to a login.
pub const NOT_IN_ROSTER: &str =
    "须两人确认的操作只能由名册中的协调员进行，而您的登录名不在名册的“协调员”表中；请用 zhihui roster import 补上";

/// 看等待另一人确认的操作
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui approval [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui approval list"
)]
pub struct ApprovalCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出已有一人提议、等待另一人确认的操作
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui approval list [选项]",
        after_help = "示例：\n  zhihui approval list\n  zhihui approval list --columns actor,command\n\n另一位协调员运行“确认时运行”中的命令，写上自己的原因，操作才生效；提议人自己再运行无效"
    )]
    List {
        #[command(flatten)]
        narrow: NarrowArgs,
        #[command(flatten)]
        shape: ShapeArgs,
    },
}

type Key = Field<Waiting>;

const FIELDS: &[Key] = &[
    Key::new("at", "提议", |row| words::minute(&row.at)).shown(1),
    Key::new("actor", "提议人", |row| row.actor.clone()).shown(0).elastic(8),
    Key::new("act", "操作", |row| Act::parse(&row.act).map_or(row.act.clone(), |act| act.label().to_owned())).shown(0).elastic(12),
    Key::new("subject", "对象", |row| words::subject(&row.subject)).shown(0).elastic(14),
    Key::new("reason", "原因", |row| row.reason.clone()).shown(2).elastic(8),
    Key::new("window", "窗口", |row| row.window.clone().unwrap_or_default()),
    Key::new("until", "有效至", |row| row.until.as_deref().map(words::minute).unwrap_or_default()).shown(3),
    Key::new("command", "确认时运行", command).only_shown(),
];

static LIST: Kept<Waiting> = Kept {
    command: "zhihui approval list",
    things: "操作",
    measure: "条",
    when_empty: "没有等待另一人确认的操作\nzhihui audit list --act approval   看以前的提议",
    fields: FIELDS,
    tells: Tells { at: Some(|row| &row.at), cases: Some(cases), ..Tells::NOTHING },
};

/// The cases that it is about.
fn cases(row: &Waiting) -> Vec<String> {
    row.subject.split(['/', ',']).skip(1).map(str::to_owned).collect()
}

impl ApprovalCommand {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let Action::List { narrow, shape } = &self.action;
        let mut rows = app.store.waiting_for_two(app.clock.now().as_millisecond()).await?;
        for row in &mut rows {
            row.reason = without_people(&row.reason, &app.store.names_about(&row.subject).await?);
        }
        let rows = narrow.keep(app, &LIST, rows).await?;
        let commands: Vec<String> = rows.iter().map(command).collect();
        shape.print_of(&LIST, rows, narrow.is_typed())?;
        if shape.is_plain() && !commands.is_empty() {
            eprintln!("由另一位协调员运行同样的命令即生效，原因写自己的：");
            commands.iter().for_each(|command| eprintln!("  {}", super::output::visible(command)));
        }
        Ok(())
    }
}

/// What the second person types.
fn command(row: &Waiting) -> String {
    let (kind, names) = row.subject.split_once('/').unwrap_or((&row.subject, ""));
    let numbers = names.replace(',', " ");
    match (kind, &row.window) {
        ("case", Some(window)) => format!("zhihui case admit {numbers} --window {window} --reason 原因"),
        ("case", None) => format!("zhihui case explain {numbers} --with-contacts --reason 原因"),
        ("export", _) => format!("zhihui case export {numbers} --to 文件夹 --with-contacts --reason 原因"),
        ("campaign", _) => format!("zhihui ledger export --campaign {numbers} --with-contacts --reason 原因"),
        ("referral", _) => referral(names),
        ("overdue", _) => format!("zhihui case overdue --with-contacts --reason 原因   （筛选须得出同样的{}件）", names.split(',').count()),
        _ => String::new(),
    }
}

/// `target/address/number,number/recipient`. An address may have slashes of its own.
fn referral(names: &str) -> String {
    let told = names.split_once('/').and_then(|(target, rest)| {
        let (rest, recipient) = rest.rsplit_once('/')?;
        let (address, numbers) = rest.rsplit_once('/')?;
        Some((target, address, numbers.replace(',', " "), recipient))
    });
    let Some((target, address, numbers, recipient)) = told else { return String::new() };
    let (address, recipient) = (quoted(address), quoted(recipient));
    format!("zhihui refer --to {target} --address {address} --recipient {recipient} --with-contacts --reason 原因 {numbers}")
}

/// A word as a shell takes it: what somebody else wrote runs nothing.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+');
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Whether names and numbers may go out in full: only when two persons want those of the same `subject`. Says how to go
/// on where it waits for the second, or why not. The detail goes into the audit log when it is granted.
pub async fn of_contacts(app: &App, subject: &str, detail: &Value, reason: Option<&str>) -> Result<bool, Failure> {
    match app.store.approve(Act::ContactsExported, subject, detail, &actor::by(app, reason)).await? {
        Approval::Granted => Ok(true),
        Approval::Proposed => {
            eprintln!(
                "写全姓名和电话须两人确认：已记下您的提议，没有写出；请另一位协调员在7天内运行同样的命令\nzhihui approval list   看等待确认的操作"
            );
            Ok(false)
        }
        Approval::SamePerson => Err(Failure::failed("须由另一人确认：这一提议是您自己提出的")),
        Approval::NotInRoster => Err(Failure::failed(NOT_IN_ROSTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_person_is_told_what_to_type() {
        let waiting = |subject: &str, window: Option<&str>| Waiting {
            act: "x".into(),
            subject: subject.into(),
            actor: "zhang".into(),
            reason: String::new(),
            at: String::new(),
            until: None,
            window: window.map(str::to_owned),
        };
        for (subject, window, begins) in [
            ("case/JCZH-2023-0010", Some("2023-H2"), "zhihui case admit JCZH-2023-0010 --window 2023-H2 --reason"),
            ("case/JCZH-2023-0001", None, "zhihui case explain JCZH-2023-0001 --with-contacts --reason"),
            ("export/JCZH-2023-0001,JCZH-2023-0002", None, "zhihui case export JCZH-2023-0001 JCZH-2023-0002 --to "),
            ("campaign/2023", None, "zhihui ledger export --campaign 2023 --with-contacts"),
            ("overdue/JCZH-2023-0001", None, "zhihui case overdue --with-contacts"),
            (
                "referral/samr/office@samr.example/JCZH-2023-0001,JCZH-2023-0002/市场监管总局",
                None,
                "zhihui refer --to samr --address office@samr.example --recipient 市场监管总局 --with-contacts --reason 原因 JCZH-2023-0001 JCZH-2023-0002",
            ),
            (
                "referral/local/a/b@c.example/JCZH-2023-0001/某局 $(x)'",
                None,
                r"zhihui refer --to local --address 'a/b@c.example' --recipient '某局 $(x)'\''' --with-contacts",
            ),
            ("something/else", None, ""),
        ] {
            assert!(command(&waiting(subject, window)).starts_with(begins), "{subject}");
        }
    }
}
