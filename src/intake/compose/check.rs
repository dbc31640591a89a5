//! Tries every text of a campaign file on made-up letters, so that a misspelt value is found when the
//! file is checked and not when a unit waits for its answer.

use super::{
    ComposeError, Deadline, Disclosure, Letter, LetterAttachment, LetterCase, LetterFile, LetterKind, LetterMail, Reminding, compose,
};
use crate::model::{
    address::Address,
    campaign::Campaign,
    defect::{Defect, DefectCode, Severity},
    outbox::Rendered,
    reading::WindowPlace,
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};

/// The first text that can't be rendered, and why.
pub fn check_texts(campaign: &Campaign) -> Result<(), (LetterKind, ComposeError)> {
    LetterKind::ALL.iter().try_for_each(|kind| check(*kind, campaign).map_err(|error| (*kind, error)))
}

/// Once with everything that a text may mention, twice over, and once with nothing.
fn check(kind: LetterKind, campaign: &Campaign) -> Result<(), ComposeError> {
    made_up(kind, campaign).map(|_| ())
}

fn made_up(kind: LetterKind, campaign: &Campaign) -> Result<[Rendered; 2], ComposeError> {
    let to = Address { name: None, address: "unit@example.com".into() };
    let window = WindowPlace::default();
    let defects: Vec<Defect> = DefectCode::ALL
        .iter()
        .map(|code| Defect { code: *code, field: None, severity: Severity::Correct, message: code.as_str().into() })
        .collect();
    let files = [LetterFile { name: "申报表.docx", bytes: 1 }];
    let case =
        LetterCase { number: Some("0001"), title: Some("题目"), unit: Some("单位"), window: &window, defects: &defects, files: &files };
    let cases = [case, case];
    let empty = Letter {
        kind,
        campaign,
        salutation: None,
        received: Timestamp::UNIX_EPOCH,
        cases: &[],
        defects: &[],
        files: &[],
        mails: &[],
        deadline: None,
        reminding: None,
        said: "",
        to: &to,
        from: "cases@example.com",
        message_id: "<check@example.com>",
        date: Timestamp::UNIX_EPOCH,
        in_reply_to: None,
        references: &[],
        original_subject: "",
        disclosure: Disclosure::Reduced,
        annotated: &[],
        personal: &[],
    };
    let mail = |lacks_form| LetterMail {
        received: Timestamp::UNIX_EPOCH,
        subject: "",
        cases: &cases,
        newer: &[Some(2)],
        defects: &defects,
        files: &files,
        lacks_form,
    };
    let mails = [mail(true), LetterMail { defects: &[], ..mail(true) }, mail(false)];
    let deadline = Some(Deadline { at: DateTime::constant(2000, 1, 1, 17, 30, 0, 0), working_days: 5 });
    let annotated = [LetterAttachment { name: "申报表（批注）.docx".into(), bytes: Vec::new() }];
    let full = Letter {
        annotated: &annotated,
        mails: &mails,
        cases: &cases,
        defects: &defects,
        files: &files,
        deadline,
        reminding: Some(Reminding { is_overdue: true, closing: Some(("窗口", Date::constant(2000, 1, 1))) }),
        said: "第一段\n\n第二段",
        disclosure: Disclosure::Full,
        ..empty
    };
    Ok([compose(&empty)?, compose(&full)?])
}

#[cfg(test)]
mod tests {
    use super::super::mailable::faults;
    use super::*;
    use crate::config::CampaignFile;
    use mail_parser::MessageParser;

    #[test]
    fn every_mail_program_shows_every_letter() {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        for kind in LetterKind::ALL {
            for letter in made_up(kind, &campaign).unwrap() {
                let html = MessageParser::default().parse(&letter.bytes).unwrap().body_html(0).unwrap().into_owned();
                assert_eq!(faults(&html), Vec::<String>::new(), "{kind:?}");
            }
        }
    }
}
