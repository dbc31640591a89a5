//! A mail with forms: every other file to its case, each case checked, and the whole held against what a bureau lists.

use super::annotated::{self, Annotated};
use super::assign::{Assigned, assign};
use super::compare::{self, Compared};
use super::found::Found;
use super::letter;
use super::look::{Content, Item};
use super::one_case::one_case;
use super::table::Listed;
use crate::intake::check::Rules;
use crate::intake::stamp::Looker;
use crate::intake::unpack::File;
use crate::intake::{Setup, evidence, links, of_the_mail, quote};
use crate::model::defect::{DefectCode, Severity};
use crate::model::document::Document;
use crate::model::message::Message;
use crate::model::reading::{Channel, Evidence, Intake, Role};
use jiff::Timestamp;

pub(super) fn with_forms(
    message: &Message,
    found: Vec<Found<'_>>,
    items: &[Item<'_>],
    received: Timestamp,
    setup: &Setup,
    intake: &mut Intake,
) {
    let rules = Rules { campaign: &setup.campaign, regions: &setup.regions, received };
    let others: Vec<&Item<'_>> = items.iter().filter(|item| !found.iter().any(|case| std::ptr::eq(case.file(), item.file))).collect();
    let assigned = assign(&found, &others);
    let channel = channel(message, &found, &others, setup);
    unreadable_evidence(&others, &found, intake);
    // The form came, so that only evidence is behind the links.
    if let Some(links) = links::find(message, &setup.words) {
        intake.reading.defects.push(of_the_mail(DefectCode::AttachmentLinkOnly, Severity::Check, links::told(&links)));
    }
    let listed = listed(items);
    let compared = compare::compare(&listed, &found);
    papers(message, items, &compared, setup, intake);
    let orders: Vec<Option<u32>> = compared.rows.iter().map(|row| row.map(|row| row.order)).collect();
    let mut looker = looker(items, setup);
    let mut remarks = Vec::new();
    let paths: Vec<String> = found.iter().map(|case| case.file().path.clone()).collect();
    for ((at, case), order) in found.into_iter().enumerate().zip(orders) {
        let (own, shared) = assigned.of_case(at, &others);
        let alone = paths.iter().filter(|path| **path == case.file().path).count() == 1;
        let stamped = looker.judge(case.subject(alone), &roles(&own), &roles(&shared));
        let (file, spots) = (case.file(), case.form().map(|form| form.spots.clone()).unwrap_or_default());
        let (mut case, trace) = one_case(case, &own, stamped, channel, rules);
        case.order = order;
        remarks.push(Annotated { file, document: read_of(file, items), remarks: annotated::remarks(&case, &spots) });
        intake.reading.cases.push(case);
        intake.traces.push(trace);
    }
    annotated::add(&remarks, received, setup, intake);
    if !assigned.single {
        shared_evidence(&others, &assigned, intake);
    }
}

/// Who looks at the mail's pictures, with those of documents that were read already.
pub(super) fn looker<'a>(items: &'a [Item<'_>], setup: &'a Setup) -> Looker<'a> {
    let pictured = items.iter().filter_map(|item| Some((item.file.sha256.as_str(), item.document.as_ref()?))).collect();
    Looker::new(&setup.document_limits, &setup.words, pictured)
}

/// The form that was read from a file, where it was kept.
fn read_of<'a>(file: &File, items: &'a [Item<'_>]) -> Option<&'a Document> {
    let forms = items.iter().filter(|item| matches!(item.content, Content::Forms(_)));
    forms.filter(|item| std::ptr::eq(item.file, file)).find_map(|item| item.document.as_ref())
}

/// Files with what they are taken for.
pub(super) fn roles<'a>(items: &[&Item<'a>]) -> Vec<(&'a File, Role)> {
    items.iter().map(|item| (item.file, item.role_by_content())).collect()
}

impl Assigned {
    /// The files of one case, and those that may be any case's.
    fn of_case<'i, 'f>(&self, at: usize, others: &[&'i Item<'f>]) -> (Vec<&'i Item<'f>>, Vec<&'i Item<'f>>) {
        let files = || others.iter().copied().zip(&self.of);
        let own = files().filter(|(_, to)| self.single || **to == Some(at)).map(|(item, _)| item).collect();
        let shared = files().filter(|(_, to)| !self.single && to.is_none()).map(|(item, _)| item).collect();
        (own, shared)
    }
}

/// What goes with no single case is shared and shown. A letter and a table are the mail's own; of the rest a
/// coordinator is told.
fn shared_evidence(others: &[&Item<'_>], assigned: &Assigned, intake: &mut Intake) {
    let shared: Vec<&Item<'_>> = others.iter().zip(&assigned.of).filter(|(_, to)| to.is_none()).map(|(item, _)| *item).collect();
    let in_doubt: Vec<&str> = shared
        .iter()
        .filter(|item| !item.is_of_the_mail() && item.role_by_content() != Role::FormCopy)
        .map(|item| item.file.name.as_str())
        .collect();
    if !in_doubt.is_empty() {
        let names = in_doubt.iter().take(10).copied().collect::<Vec<_>>().join("”“");
        let more = if in_doubt.len() > 10 { "等" } else { "" };
        let message = format!("{}个附件不能确定属于哪一件案例：“{names}”{more}", in_doubt.len());
        intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnassigned, Severity::Check, message));
    }
    intake.reading.evidence = shared.iter().map(|item| item.record()).collect();
}

impl Item<'_> {
    /// The record of the file as evidence.
    pub(super) fn record(&self) -> Evidence {
        evidence::record(self.file, self.role_by_content(), &self.text)
    }
}

/// Every row that the mail's tables list.
pub(super) fn listed(items: &[Item<'_>]) -> Vec<Listed> {
    items.iter().flat_map(|item| item.listed.iter().cloned()).collect()
}

/// What the tables list and the letters state, against what came. A number that the table explains is not told twice.
fn papers(message: &Message, items: &[Item<'_>], compared: &Compared<'_>, setup: &Setup, intake: &mut Intake) {
    let mut told: Vec<usize> = vec![compared.rows.len()];
    if compared.has_rows() {
        intake.reading.defects.extend(compared.defect());
        told.push(compared.listed);
    }
    let forwarded = setup.words.forwarded.begins(&message.subject);
    let body = if forwarded { message.text.clone() } else { quote::own_text(&message.text) };
    let letters = items.iter().filter(|item| item.role == Role::Letter).map(|item| (format!("“{}”", item.file.name), item.text.as_str()));
    for (whence, text) in letters.chain([("邮件正文".to_owned(), body.as_str())]) {
        let Some(stated) = letter::stated(text) else { continue };
        let size = usize::try_from(stated).unwrap_or(usize::MAX);
        if !told.contains(&size) {
            told.push(size);
            intake.reading.defects.extend(compare::stated_defect(size, &whence, compared.rows.len()));
        }
    }
}

/// Files beside a form that can't be read: a coordinator looks, the unit is not bothered.
fn unreadable_evidence(others: &[&Item<'_>], found: &[Found<'_>], intake: &mut Intake) {
    if !found.iter().any(|case| case.form().is_some()) {
        return;
    }
    for item in others {
        if let Content::Unreadable(why) = item.content {
            let message = format!("附件“{}”无法读取（{why}）", item.file.name);
            intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnreadable, Severity::Check, message));
        }
    }
    // Beside a form an archive that can't be opened is evidence at most.
    for defect in &mut intake.reading.defects {
        if matches!(defect.code, DefectCode::ArchiveEncrypted | DefectCode::ArchiveUnreadable) {
            defect.severity = Severity::Check;
        }
    }
}

/// 地方征集 where a bureau sends on: a forwarded mail, a letter of recommendation, a summary table, or several units at once.
fn channel(message: &Message, found: &[Found<'_>], others: &[&Item<'_>], setup: &Setup) -> Channel {
    let forwarded = found.iter().any(|case| case.file().forwarded) || setup.words.forwarded.begins(&message.subject);
    let letter = others.iter().any(|item| {
        let recommends = item.role == Role::Letter && letter::recommends(&item.text);
        item.role == Role::SummaryTable || item.file.name.contains("推荐") || recommends
    });
    let mut units: Vec<&str> = found.iter().filter_map(|case| case.form()?.unit.as_deref()).collect();
    units.sort_unstable();
    units.dedup();
    if forwarded || letter || units.len() > 1 { Channel::Local } else { Channel::Direct }
}
