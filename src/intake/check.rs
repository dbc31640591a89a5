//! The rules on one form: what was read into a [`CaseReading`] with every defect at once.
//!
//! `correct` is the unit's to mend, `check` a coordinator's to look at. Where in doubt a coordinator is asked.

mod doubt;
mod fields;
#[cfg(test)]
mod tests;

use crate::intake::form::Form;
use crate::intake::form::contact::{self, RegionKnown};
use crate::intake::stamp::Stamped;
use crate::intake::{focus, region, window};
use crate::model::campaign::Campaign;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{CaseReading, CaseStatus, Channel, Contact, Evidence, FormFile, Introduction, Opinion};
use crate::model::region::Regions;
use jiff::Timestamp;

/// What a form is judged with.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The notice.
    pub campaign: &'a Campaign,
    /// The province.
    pub regions: &'a Regions,
    /// When the mailbox's server took the mail.
    pub received: Timestamp,
}

/// What came with a form.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The form's file.
    pub file: FormFile,
    /// How it came.
    pub channel: Channel,
    /// Whether something bears the seal, or could.
    pub stamped: Stamped,
    /// The other files that go with it.
    pub evidence: Vec<Evidence>,
    /// Whether a document of its own holds the introduction (案例电子材料).
    pub case_text: CaseText,
}

/// The introduction as a document of its own (design rule 16).
#[derive(Debug, Clone)]
pub enum CaseText {
    /// One came, and this is what it says.
    Read(Introduction),
    /// A document came that can't be read: it may be one.
    Perhaps,
    /// None came.
    No,
}

/// A defect, put together.
pub fn defect(code: DefectCode, field: Option<&str>, severity: Severity, message: impl Into<String>) -> Defect {
    Defect { code, field: field.map(str::to_owned), severity, message: message.into() }
}

/// Judges one form.
pub fn form(form: Form, around: Surroundings, rules: Rules<'_>) -> CaseReading {
    let named = form.unit.as_deref().and_then(|unit| region::by_name(unit, rules.regions));
    let known = if named.is_some() { RegionKnown::Yes } else { RegionKnown::No };
    let contacts = contact::read(&form.contact, known);
    let phones: Vec<String> = contacts.all.iter().flat_map(|contact| contact.phones.clone()).collect();
    let region = named.or_else(|| region::of(form.unit.as_deref(), &phones, rules.regions));
    let mut defects = fields::of(&form, &contacts, rules.campaign);
    let introduction = fields::introduction(&form, &around, rules.campaign, &mut defects);
    let limit = &rules.campaign.form.introduction_words;
    doubt::settle(&form, &contacts, around.file.format, limit.limit + limit.tolerance, &mut defects);
    fields::seal(&around.stamped, &mut defects);
    if region.is_none() && form.unit.is_some() {
        defects.push(defect(DefectCode::RegionUnknown, Some("unit"), Severity::Check, "不能确定报送单位所在市州"));
    }
    let window = window::place(rules.received, &rules.campaign.calendar);
    if window.late {
        defects.push(defect(DefectCode::WindowLate, None, Severity::Check, "在征集截止之后收到"));
    }
    let mut contacts = contacts.all.into_iter();
    let focus_areas = focus::suggest(form.title.as_deref(), introduction.text.as_deref(), &rules.campaign.focus_areas);
    CaseReading {
        form: around.file,
        title: form.title,
        unit: form.unit,
        joint_units: form.joint_units,
        region,
        channel: around.channel,
        categories: form.choice.categories,
        category_other: form.choice.other,
        contact: contacts.next().unwrap_or_default(),
        more_contacts: contacts.collect(),
        introduction,
        materials: form.materials,
        opinion: form.opinion,
        seal: around.stamped.seal,
        focus_areas,
        status: status(window.late, &defects),
        window,
        defects,
        evidence: around.evidence,
        order: None,
    }
}

/// A form that can't be read: a case with null fields that keeps its place.
pub fn unreadable(code: DefectCode, message: String, around: Surroundings, rules: Rules<'_>) -> CaseReading {
    let mut defects = vec![defect(code, None, Severity::Correct, message)];
    let window = window::place(rules.received, &rules.campaign.calendar);
    if window.late {
        defects.push(defect(DefectCode::WindowLate, None, Severity::Check, "在征集截止之后收到"));
    }
    CaseReading {
        form: around.file,
        title: None,
        unit: None,
        joint_units: Vec::new(),
        region: None,
        channel: around.channel,
        categories: Vec::new(),
        category_other: None,
        contact: Contact::default(),
        more_contacts: Vec::new(),
        introduction: Introduction::default(),
        materials: None,
        opinion: Opinion::default(),
        seal: around.stamped.seal,
        focus_areas: Vec::new(),
        status: status(window.late, &defects),
        window,
        defects,
        evidence: around.evidence,
        order: None,
    }
}

/// Late before needs_correction before accepted.
fn status(late: bool, defects: &[Defect]) -> CaseStatus {
    match (late, defects.iter().any(|defect| defect.severity == Severity::Correct)) {
        (true, _) => CaseStatus::Late,
        (false, true) => CaseStatus::NeedsCorrection,
        (false, false) => CaseStatus::Accepted,
    }
}
