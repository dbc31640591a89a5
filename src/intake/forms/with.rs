//! A mail with forms: every other file to its case, and each case checked.

use super::assign::assign;
use super::found::Found;
use super::look::{Content, Item};
use super::one_case::one_case;
use crate::intake::check::Rules;
use crate::intake::{Setup, evidence, of_the_mail, screen};
use crate::model::defect::{DefectCode, Severity};
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
    let others: Vec<&Item<'_>> = items.iter().filter(|item| !found.iter().any(|case| case.file().sha256 == item.file.sha256)).collect();
    let assigned = assign(&found, &others);
    let channel = channel(message, &found, &others, setup);
    unreadable_evidence(&others, &found, intake);
    for (at, case) in found.into_iter().enumerate() {
        let own: Vec<&Item<'_>> =
            others.iter().zip(&assigned.of).filter(|(_, to)| **to == Some(at) || assigned.single).map(|(item, _)| *item).collect();
        let shared: Vec<&Item<'_>> =
            others.iter().zip(&assigned.of).filter(|(_, to)| to.is_none() && !assigned.single).map(|(item, _)| *item).collect();
        let (case, trace) = one_case(case, &own, &shared, channel, rules);
        intake.reading.cases.push(case);
        intake.traces.push(trace);
    }
    if !assigned.single {
        let unassigned: Vec<Evidence> = others
            .iter()
            .zip(&assigned.of)
            .filter(|(_, to)| to.is_none())
            .map(|(item, _)| evidence::record(item.file, item.role_by_content()))
            .collect();
        if !unassigned.is_empty() {
            let message = format!("{}个附件不能确定属于哪一件案例", unassigned.len());
            intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnassigned, Severity::Check, message));
            intake.reading.evidence = unassigned;
        }
    }
}

/// Files beside a form that can't be read: a coordinator looks, the unit is not bothered.
fn unreadable_evidence(others: &[&Item<'_>], found: &[Found<'_>], intake: &mut Intake) {
    if found.iter().any(|case| matches!(case, Found::Unreadable { .. })) {
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

/// 地方征集 where a bureau sends on: a forwarded mail, a letter of recommendation, or several units at once.
fn channel(message: &Message, found: &[Found<'_>], others: &[&Item<'_>], setup: &Setup) -> Channel {
    let forwarded =
        found.iter().any(|case| case.file().forwarded) || screen::starts_with_any(&message.subject, &setup.campaign.words.forwarded);
    let letter = others.iter().any(|item| item.role == Role::SummaryTable || item.file.name.contains("推荐"));
    let mut units: Vec<&str> = found
        .iter()
        .filter_map(|case| match case {
            Found::Form { form, .. } => form.unit.as_deref(),
            Found::Unreadable { .. } => None,
        })
        .collect();
    units.sort_unstable();
    units.dedup();
    if forwarded || letter || units.len() > 1 { Channel::Local } else { Channel::Direct }
}
