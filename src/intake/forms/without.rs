//! A mail in which no form was found: a blank one, a link, or none at all; what this version can't read goes to a person.

use super::look::Item;
use super::with::{looker, roles};
use crate::intake::form::Form;
use crate::intake::{Setup, links, of_the_mail};
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::message::{Kind, Message};
use crate::model::reading::Intake;

/// No form was found: a blank one, a link, or none at all; what this version can't read goes to a person.
pub(super) fn without_form(message: &Message, items: &[Item<'_>], blank: bool, setup: &Setup, intake: &mut Intake) {
    intake.reading.evidence = items.iter().map(|item| item.record()).collect();
    // A newsletter's pictures are looked at by nobody.
    if intake.reading.kind != Kind::Bulk {
        intake.stamp = looker(items, setup).followed(&roles(&items.iter().collect::<Vec<_>>()));
    }
    if blank {
        intake.reading.defects.push(blank_form(items));
        return;
    }
    if intake.reading.kind != Kind::Submission && intake.reading.kind != Kind::Inquiry {
        return;
    }
    let unread: Vec<&str> = items.iter().filter(|item| item.is_unread_candidate()).map(|item| item.file.name.as_str()).collect();
    let meant = intake.reading.kind == Kind::Submission || items.iter().any(|item| setup.words.form_names.stands_in(&item.file.name));
    if meant && !unread.is_empty() && intake.quarantine.is_none() {
        intake.reading.kind = Kind::Submission;
        intake.quarantine = Some(format!("附件“{}”的格式暂不能自动读取，请人工查看", unread.join("”“")));
        return;
    }
    if intake.reading.kind != Kind::Submission || !intake.reading.defects.is_empty() {
        return;
    }
    let defect = match links::find(message, &setup.words).or_else(|| links::find_enclosed(message, &setup.words)) {
        Some(links) => of_the_mail(DefectCode::AttachmentLinkOnly, Severity::Correct, links::told(&links)),
        None => missing(items, setup),
    };
    intake.reading.defects.push(defect);
}

/// A form in which nothing was filled in, unless something stands where a value may have been missed.
fn blank_form(items: &[Item<'_>]) -> Defect {
    match items.iter().find(|item| item.forms().iter().any(Form::may_say_something)) {
        Some(item) => {
            let message = format!("“{}”未读出填写内容，请人工查看", item.file.name);
            of_the_mail(DefectCode::FormBlank, Severity::Check, message)
        }
        None => of_the_mail(DefectCode::FormBlank, Severity::Correct, "所附申报表未填写内容"),
    }
}

/// No form came, unless files speak as one does.
fn missing(items: &[Item<'_>], setup: &Setup) -> Defect {
    let names: Vec<&str> = items.iter().filter(|item| item.may_be_a_form(setup)).map(|item| item.file.name.as_str()).collect();
    match names.is_empty() {
        false => {
            let message = format!("“{}”中有申报表的栏目，但未能识别，请人工查看", names.join("”“"));
            of_the_mail(DefectCode::FormMissing, Severity::Check, message)
        }
        true => of_the_mail(DefectCode::FormMissing, Severity::Correct, "未收到申报表"),
    }
}
