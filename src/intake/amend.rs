//! What a unit is told when its case says something else after being read again: nothing where it was told the same, the
//! receipt that it never had, or a correction (更正) of what we told it wrongly.

use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{CaseReading, CaseStatus, WindowPlace};
use std::collections::BTreeSet;

/// How a case stands, as far as its unit is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: CaseStatus,
    /// Its windows.
    pub place: WindowPlace,
    /// What it is to correct, and where. How a sentence is worded doesn't matter.
    pub to_correct: BTreeSet<(DefectCode, Option<String>)>,
}

impl Standing {
    /// Of a reading.
    pub fn of(status: CaseStatus, place: &WindowPlace, reading: &CaseReading) -> Standing {
        let to_correct = reading.defects.iter().filter(|defect| defect.severity == Severity::Correct);
        let key = |defect: &Defect| (defect.code, defect.field.clone());
        Standing { status, place: place.clone(), to_correct: to_correct.map(key).collect() }
    }
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing: it was told so, or only a person can tell.
    Nothing,
    /// A receipt: the request that it was to get instead has not gone.
    Acknowledgement,
    /// The request in the place of one that has not gone.
    Request,
    /// That our request was wrong, and nothing is to be corrected.
    Retraction,
    /// That what we told was wrong, and what holds.
    Amendment,
}

/// What is told of the change from one standing to the other. `was_asked`: a request about this form has reached the unit.
pub fn telling(before: &Standing, after: &Standing, was_asked: bool) -> Telling {
    use CaseStatus::{Accepted, NeedsCorrection};
    match (before.status, after.status) {
        _ if before == after => Telling::Nothing,
        (NeedsCorrection, Accepted) if was_asked => Telling::Retraction,
        (NeedsCorrection, Accepted) => Telling::Acknowledgement,
        (NeedsCorrection, NeedsCorrection) if !was_asked => Telling::Request,
        (Accepted | NeedsCorrection, Accepted | NeedsCorrection) => Telling::Amendment,
        // What is late, returned, withdrawn or may belong to another case is a person's to tell.
        (_, _) => Telling::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(status: CaseStatus, month: &str, codes: &[DefectCode]) -> Standing {
        let place = WindowPlace { month: Some(month.into()), batch: None, late: status == CaseStatus::Late };
        Standing { status, place, to_correct: codes.iter().map(|code| (*code, None)).collect() }
    }

    #[test]
    fn a_unit_is_told_what_it_was_told_wrongly_and_nothing_else() {
        use CaseStatus::{Accepted, Late, NeedsCorrection, Returned};
        let (seal, phone) = ([DefectCode::SealAbsent], [DefectCode::PhoneMissing]);
        let complete = standing(Accepted, "2023-06", &[]);
        let lacking = standing(NeedsCorrection, "2023-06", &seal);
        for (before, after, asked, told) in [
            (&complete, &complete, true, Telling::Nothing),
            (&lacking, &lacking, true, Telling::Nothing),
            (&lacking, &complete, true, Telling::Retraction),
            (&lacking, &complete, false, Telling::Acknowledgement),
            (&complete, &lacking, false, Telling::Amendment),
            (&lacking, &standing(NeedsCorrection, "2023-06", &phone), true, Telling::Amendment),
            (&lacking, &standing(NeedsCorrection, "2023-06", &phone), false, Telling::Request),
            (&complete, &standing(Accepted, "2023-07", &[]), false, Telling::Amendment),
            (&lacking, &standing(Late, "2023-06", &seal), true, Telling::Nothing),
            (&standing(Returned, "2023-06", &seal), &standing(Returned, "2023-06", &[]), true, Telling::Nothing),
        ] {
            assert_eq!(telling(before, after, asked), told, "{before:?} {after:?} {asked}");
        }
    }
}
