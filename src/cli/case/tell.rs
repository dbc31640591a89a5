//! What a case went through, in sentences: where it stands and by which rule, what changed, who settled what, what became
//! of our mails. `case show` and `case explain` say the same.

use crate::cli::merge::short;
use crate::cli::words;
use crate::model::audit::Act;
use crate::model::difference::Difference;
use crate::model::placement::Placement;
use crate::model::reading::{Contact, WindowPlace};
use crate::model::time;
use crate::report::explain::rules;
use crate::report::words::{masked_contacts, masked_name, masked_phone, without_people as words_without_people};
use crate::store::names::named;
use crate::store::{AuditRow, CaseDetail, Counted, OutboxRow, PositionRow, RevisionRow, RulingRow};
use jiff::Timestamp;
use serde_json::Value;

/// Whether contacts are told in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contacts {
    /// They are.
    Shown,
    /// Enough to know them again.
    Masked,
}

/// `2023-06-28 23:00:00`.
pub fn second(instant: &str) -> String {
    instant.get(..19).unwrap_or(instant).replace('T', " ")
}

/// As [`second`].
pub fn at(instant: Timestamp) -> String {
    second(&time::rfc3339(instant))
}

/// `上半年阶段性征集（2023-H1）`, or as tables say a window.
pub fn place(place: &WindowPlace) -> String {
    words::window(place.month.as_deref(), place.batch.as_deref(), place.late)
}

/// `《题目》`, or that there is none.
pub fn title(title: Option<&str>) -> String {
    title.map_or("（题目未填）".to_owned(), |title| format!("《{title}》"))
}

/// A person with the numbers.
pub fn contact(contact: &Contact, contacts: Contacts) -> String {
    let shown = |text: &String, mask: fn(&str) -> String| if contacts == Contacts::Shown { text.clone() } else { mask(text) };
    let name = contact.name.iter().map(|name| shown(name, masked_name));
    name.chain(contact.phones.iter().map(|phone| shown(phone, masked_phone))).collect::<Vec<_>>().join(" ")
}

/// Where and by which rule a revision left the case, with the instants that counted.
pub fn placement(placement: &Placement) -> String {
    let sent = placement.request_sent.map(|sent| format!("，补正通知发出 {}", at(sent))).unwrap_or_default();
    let deadline = placement.deadline.map(|deadline| format!("，补正期限至 {}", at(deadline))).unwrap_or_default();
    let basis = rules::basis(placement.rule.basis());
    format!("{}：{}（{basis}），收到 {}{sent}{deadline}", place(&placement.place), placement.rule.label(), at(placement.received))
}

/// In which frozen batch which revision counts.
pub fn counted(counted: &Counted) -> String {
    let batch = words::batch(&counted.window);
    format!("{batch}（{}）以第{}版为准，{} 由 {} 冻结", counted.window, counted.revision, second(&counted.frozen_at), counted.frozen_by)
}

/// What one field said before and says now. What is long is shortened: the forms themselves are kept.
pub fn change(change: &Difference, contacts: Contacts) -> String {
    let value = |value: &Option<String>| {
        let value = value.as_deref().map(|value| words::value(change.field, value));
        let value =
            value.map(|value| if change.field == "contact" && contacts == Contacts::Masked { masked_contacts(&value) } else { value });
        short(value.as_deref())
    };
    format!("{}：{} → {}", change.label, value(&change.before), value(&change.after))
}

/// As [`change`], without whom to call.
pub fn masked_change(change: &Difference) -> String {
    self::change(change, Contacts::Masked)
}

/// The same as data.
pub fn masked(change: &Difference) -> Difference {
    let value = |value: &Option<String>| {
        value.as_deref().map(|text| if change.field == "contact" { masked_contacts(text) } else { text.to_owned() })
    };
    Difference { before: value(&change.before), after: value(&change.after), ..change.clone() }
}

/// What a revision changed. Where its own form would have stood by itself says nothing of where the case stands.
pub fn changes(changes: &[Difference], contacts: Contacts) -> impl Iterator<Item = String> + '_ {
    changes.iter().filter(|one| one.field != "window").map(move |one| change(one, contacts))
}

/// Which revision, when, from which mail; and which case it was before.
pub fn revision(revision: &RevisionRow) -> String {
    let origin = revision.origin.map(|row| {
        let before = revision.origin_number.clone().unwrap_or_else(|| format!("待并案第{row}号"));
        format!("，由{before}并案而来")
    });
    format!(
        "第{}版  收到 {}，邮件序号 {}{}",
        revision.revision,
        second(&revision.received_at),
        revision.message,
        origin.unwrap_or_default()
    )
}

/// What a person settled: what, who, with whom, when, why.
pub fn ruling(ruling: &RulingRow, contacts: Contacts) -> String {
    let second_person = ruling.second.as_ref().map(|other| format!("，{other} 确认")).unwrap_or_default();
    format!(
        "{}  {}{}  {} 决定{second_person}，原因：{}",
        second(&ruling.at),
        ruled(ruling, contacts),
        ruling_state(&ruling.state),
        ruling.actor,
        ruling.reason
    )
}

/// What was settled.
pub fn ruled(ruling: &RulingRow, contacts: Contacts) -> String {
    if ruling.field == "window" {
        let window = ruling.value.get("window").and_then(Value::as_str).unwrap_or_default();
        return format!("准予列入{}", words::value("window", window));
    }
    if ruling.field == "hold" {
        return words::field(&ruling.field).to_owned();
    }
    if let (true, Some(seal)) = (ruling.field == "seal", ruling.value.as_str()) {
        return format!("公章：{}", settled_seal(seal));
    }
    let is_contact = ruling.field.starts_with("contact");
    let value = match (&ruling.value, contacts) {
        (Value::Null, _) => "（空）".to_owned(),
        (_, Contacts::Masked) if is_contact && !ruling.value.is_string() => "（已隐去）".to_owned(),
        (Value::String(text), Contacts::Masked) if is_contact => masked_contacts(text),
        (Value::String(text), _) => words::value(&ruling.field, text),
        (Value::Array(items), _) => {
            let items = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), |text| words::value(&ruling.field, text)));
            items.collect::<Vec<_>>().join("、")
        }
        // An introduction or an opinion: its words, and when it was written.
        (Value::Object(parts), _) => {
            let told = ["text", "date"].into_iter().filter_map(|key| parts.get(key)?.as_str());
            told.collect::<Vec<_>>().join(" ").replace('\n', " ")
        }
        (value, _) => value.to_string(),
    };
    format!("{}：{}", words::field(&ruling.field), short(Some(&value)))
}

/// What people wrote beside a case, without whom to call.
pub fn without_people(detail: &mut CaseDetail) {
    let names = named(detail.revisions.iter().map(|revision| &revision.reading).chain(&detail.settled));
    for ruling in &mut detail.rulings {
        ruling.reason = words_without_people(&ruling.reason, &names);
        if let (true, Value::String(note)) = (ruling.field == "note", &ruling.value) {
            ruling.value = words_without_people(note, &names).into();
        }
    }
    detail.history.iter_mut().for_each(|row| row.reason = words_without_people(&row.reason, &names));
    for text in [&mut detail.desk.opinion, &mut detail.desk.remark] {
        *text = words_without_people(text, &names);
    }
}

/// Whether the seal is there: as a person says, else as it was read.
pub fn seal(detail: &CaseDetail) -> String {
    let is_settled = detail.rulings.iter().any(|ruling| ruling.field == "seal" && ruling.state == "standing");
    let seal = detail.case.seal.as_str();
    if is_settled { format!("{}（人工确认）", settled_seal(seal)) } else { words::seal(seal).to_owned() }
}

/// What a person says of the seal, who has looked at it.
pub fn settled_seal(key: &str) -> &str {
    match key {
        "present" => "有本单位公章",
        "absent" => "没有本单位公章",
        other => words::seal(other),
    }
}

/// Whether a decision still holds; nothing where it does.
fn ruling_state(state: &str) -> &str {
    match state {
        "proposed" => "（待另一人确认）",
        "replaced" => "（已被取代）",
        _ => "",
    }
}

/// What became of a mail of ours, with the server's own words.
pub fn delivery(mail: &OutboxRow) -> String {
    let state = words::state(&mail.state);
    let tried = format!("试发{}次", mail.attempts);
    match (mail.sent_at.as_deref(), &mail.answer, &mail.last_error) {
        (Some(sent), answer, error) => {
            let answer = answer.as_ref().map(|answer| format!("，接收记录：{answer}")).unwrap_or_default();
            let back = error.as_ref().map(|error| format!("，{error}")).unwrap_or_default();
            format!("{state} {}{answer}{back}", second(sent))
        }
        (None, _, Some(error)) => format!("{state}，{tried}：{error}"),
        (None, _, None) => match &mail.next_attempt_at {
            Some(next) => format!("{state}，不早于 {}", second(next)),
            None => state.to_owned(),
        },
    }
}

/// What a request asked for: what the revision lacked that came with the mail it answers.
pub fn asked(detail: &CaseDetail, mail: &OutboxRow) -> Vec<String> {
    let answered = detail.revisions.iter().find(|revision| Some(revision.message) == mail.source_message);
    let lacking = answered.into_iter().flat_map(|revision| &revision.defects).filter(|defect| defect.severity == "correct");
    lacking.map(|defect| defect.message.clone()).collect()
}

/// A place in a mailbox.
pub fn position(position: &PositionRow) -> String {
    match (position.uidvalidity, position.uid, &position.name) {
        (Some(uidvalidity), Some(uid), _) => format!("{}，UIDVALIDITY {uidvalidity}，UID {uid}", position.mailbox),
        (_, _, Some(name)) => format!("{}，文件 {name}", position.mailbox),
        _ => position.mailbox.clone(),
    }
}

/// Who did what to what, and why.
pub fn act(row: &AuditRow) -> String {
    let reason = if row.reason.is_empty() { String::new() } else { format!("，原因：{}", row.reason) };
    format!("{}  {}  {}  {}{reason}", second(&row.at), actor(row), done(row), words::subject(&row.subject))
}

/// What was done.
pub fn done(row: &AuditRow) -> String {
    Act::parse(&row.act).map_or_else(|| row.act.clone(), |act| act.label().to_owned())
}

/// A login name, or the program.
pub fn actor(row: &AuditRow) -> String {
    row.actor.clone().unwrap_or_else(|| "（程序）".to_owned())
}
