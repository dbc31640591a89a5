//! One form with what goes with it: into a case, checked.

use super::found::Found;
use super::look::{Content, Item};
use crate::intake::check::{self, CaseText, Rules, Surroundings};
use crate::intake::document;
use crate::intake::stamp::Stamped;
use crate::intake::unpack::{File, FileType};
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::document::Format;
use crate::model::reading::{CaseReading, CaseTrace, Channel, Evidence, FieldTrace, FormFile};

pub(super) fn one_case(
    case: Found<'_>,
    own: &[&Item<'_>],
    stamped: Stamped,
    channel: Channel,
    rules: Rules<'_>,
) -> (CaseReading, CaseTrace) {
    let file = case.file();
    let sha256 = file.sha256.clone();
    let format = match file.file_type {
        FileType::Document(format) => document::read_as(format, &file.bytes),
        FileType::Other => Format::Text,
        FileType::Image(_) | FileType::Packed(_) | FileType::Mail | FileType::Archive(_) => Format::Image,
    };
    let evidence: Vec<Evidence> = own.iter().map(|item| item.record()).collect();
    let case_text = own.iter().find_map(|item| match &item.content {
        Content::CaseText(introduction) => Some(CaseText::Read(introduction.clone())),
        _ => None,
    });
    let unread = own.iter().any(|item| matches!(item.content, Content::Unsupported | Content::Unreadable(_)));
    let case_text = case_text.unwrap_or(if unread { CaseText::Perhaps } else { CaseText::No });
    let around = Surroundings { file: FormFile { file: file.path.clone(), format }, channel, stamped, evidence, case_text };
    match case {
        Found::Form { form, versions, .. } => {
            let fields: Vec<FieldTrace> = form.trace.iter().chain(&around.stamped.trace).cloned().collect();
            let mut case = check::form(*form, around, rules);
            case.defects.extend(differing(&versions, &file.name));
            (case, CaseTrace { form_sha256: sha256, fields, annotated: Vec::new(), opened: None })
        }
        Found::Unreadable { code, message, .. } => {
            let fields: Vec<FieldTrace> = around.stamped.trace.iter().cloned().collect();
            (
                check::unreadable(code, message, around, rules),
                CaseTrace { form_sha256: sha256, fields, annotated: Vec::new(), opened: None },
            )
        }
    }
}

/// Versions of one form that say different things: which of them counts is a coordinator's to settle.
fn differing(versions: &[&File], taken: &str) -> Option<Defect> {
    let names = versions.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("”“");
    let message = format!("同一案例收到内容不同的申报表，暂按“{taken}”登记，另有“{names}”，请核对以哪份为准");
    (!versions.is_empty()).then(|| check::defect(DefectCode::FormDiffers, None, Severity::Check, message))
}
