//! What people do with cases: each act is shown first with what follows from it, and done when it is confirmed.

mod add;
mod answer;
mod consent;
mod edit;
mod long;
mod simple;
mod value;

pub use add::Add;
pub use answer::Answer;
pub use consent::{Consent, reason};
pub use edit::{ConfirmSeal, Edit, SetFocus};
pub use simple::{Assign, Note, Return, Withdraw, text};

use super::case::settled_seal;
use super::output::visible;
use super::window::numbered;
use super::{Failure, actor, merge, output, words};
use crate::app::App;
use crate::daemon::desk::{Deed, Done, Intent, Posted, Refusal};
use crate::model::outbox::OutboxState;
use crate::model::reading::WindowPlace;

/// Shows what would come of it, and does it where that is wanted.
async fn perform(app: &App, cases: &[String], deed: &Deed, consent: &Consent, done: &str) -> Result<(), Failure> {
    let desk = app.desk().await?;
    let cases: Vec<String> = cases.iter().map(|case| numbered(app, case)).collect();
    let by = actor::by(app, Some(&consent.reason));
    let shown = desk.act(&cases, deed, &by, Intent::Shown).await?.map_err(refused)?;
    output::print(&page(&shown, deed))?;
    if !consent.is_given()? {
        return Ok(());
    }
    let by = actor::by(app, Some(&consent.reason));
    let meant = desk.act(&cases, deed, &by, Intent::Meant(&shown)).await?.map_err(refused)?;
    eprintln!("{done}：{}件", meant.len());
    meant.iter().flat_map(|one| &one.letters).for_each(|letter| eprintln!("{}", visible(&next(letter))));
    Ok(())
}

/// What happens to a letter, and what to type.
pub fn next(letter: &Posted) -> String {
    let id = letter.id;
    match letter.state {
        OutboxState::Held => {
            format!("{}已写好，暂缓发出：用 zhihui outbox show {id} 看全文，用 zhihui outbox release {id} 放行", words::reply(letter.kind))
        }
        _ => format!("{}已列入发件箱（第{id}封）", words::reply(letter.kind)),
    }
}

fn page(all: &[Done], deed: &Deed) -> String {
    let mut out = String::new();
    for one in all {
        let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
        let mut line = |text: &str| output::put(&mut out, "", "    ", text);
        line(&format!("{}  {}《{}》", one.name, blank(&one.unit), blank(&one.title)));
        for change in one.changes.iter().filter(|change| change.field != "status") {
            let word = |value: &Option<String>| {
                value.as_deref().map_or_else(|| "（空）".into(), |value| merge::short(Some(&words::value(change.field, value))))
            };
            let after = match (change.field, deed, change.after.as_deref()) {
                ("seal", Deed::Settle(_), Some(seal)) => settled_seal(seal).to_owned(),
                _ => word(&change.after),
            };
            line(&format!("  {}：{} → {after}", change.label, word(&change.before)));
        }
        match deed {
            Deed::Assign(handler) => line(&format!("  承办人：{} → {}", or_nobody(&one.handler), or_nobody(handler))),
            Deed::Note(note) => line(&format!("  备注：{note}")),
            Deed::Settle(_) | Deed::Revert(_) | Deed::Return | Deed::Withdraw => {}
        }
        if one.status.0 != one.status.1 {
            line(&format!("  状态：{} → {}", words::status(&one.status.0), words::status(&one.status.1)));
        }
        if one.place.0 != one.place.1 {
            line(&format!("  征集窗口：{} → {}", window(&one.place.0), window(&one.place.1)));
        }
        one.remarks.iter().for_each(|remark| line(&format!("  {remark}")));
        one.letters.iter().for_each(|posted| letter(posted, &mut out));
    }
    out
}

/// A letter as it would go.
pub fn letter(posted: &Posted, out: &mut String) {
    let how = if posted.state == OutboxState::Held { "写好后暂缓发出，由人放行" } else { "列入发件箱" };
    output::put(out, "  ", "    ", &format!("{}（{how}）  收件人 {}  主题 {}", words::reply(posted.kind), posted.to, posted.subject));
    posted.text.lines().for_each(|line| output::put(out, "  │ ", "  │ ", line));
}

fn or_nobody(handler: &str) -> &str {
    if handler.is_empty() { "（无）" } else { handler }
}

fn window(place: &WindowPlace) -> String {
    words::window(place.month.as_deref(), place.batch.as_deref(), place.late)
}

pub(super) fn refused(why: Refusal) -> Failure {
    match why {
        Refusal::Unknown(case) => {
            Failure::failed(format!("没有案例 {}，没有作任何改动\nzhihui case list   看已登记的案例和编号", visible(&case)))
        }
        Refusal::State(case, status) => {
            let case = visible(&case);
            let state = words::status(&status);
            Failure::failed(format!("案例 {case} 现为“{state}”，不能这样处理；没有作任何改动\nzhihui case show {case}   看它的情况"))
        }
        Refusal::NotYet(case) => {
            Failure::failed(format!("待并案第{}号还没有编号，请先用 zhihui case merge 并案或用 zhihui case separate 分立", visible(&case)))
        }
        Refusal::Nothing(case) => Failure::failed(format!(
            "案例 {0} 没有可改的：内容已是这样，或没有人工确定过\nzhihui case show {0}   看它的情况",
            visible(&case)
        )),
        Refusal::Changed => Failure::later("案例在确认期间又有变化，没有作任何改动；请重新运行，看过新的内容再确认"),
    }
}
