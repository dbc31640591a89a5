//! Where it is rather the reading that failed, a coordinator looks before the unit is asked.

use crate::intake::form::Form;
use crate::intake::form::contact::Contacts;
use crate::intake::labels::Field;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::document::Format;

/// What a field that is empty lacks.
const EMPTY: [DefectCode; 6] = [
    DefectCode::TitleMissing,
    DefectCode::UnitMissing,
    DefectCode::CategoryMissing,
    DefectCode::ContactMissing,
    DefectCode::PhoneMissing,
    DefectCode::IntroductionMissing,
];
/// As many characters that belong to no field may be the introduction.
const LONG: usize = 100;
/// As many digits may be two numbers that stand in one.
const TWO_NUMBERS: usize = 15;

/// Makes a check of what the unit would be asked for, wherever the reading may have failed, and notes what belongs nowhere.
pub(super) fn settle(form: &Form, contacts: &Contacts, format: Format, limit: u32, defects: &mut Vec<Defect>) {
    if matches!(format, Format::Pdf | Format::Ofd) {
        ask_a_person_first(form, format, defects);
        allow_for_broken_words(form, limit, defects);
    }
    for field in &form.torn {
        let code = match field {
            Field::Title => DefectCode::TitleMissing,
            Field::Unit => DefectCode::UnitMissing,
            _ => continue,
        };
        for defect in defects.iter_mut().filter(|defect| defect.code == code) {
            defect.severity = Severity::Check;
            defect.message = defect.message.replace("未填写", "的内容没有读准，请人工核对");
        }
    }
    defects.extend(form.struck.iter().filter_map(|field| struck(*field)));
    if form.strays.any {
        look_for_other_labels(form, defects);
    }
    for defect in defects.iter_mut().filter(|defect| defect.severity == Severity::Correct) {
        if let Some(why) = unsure(defect.code, form, contacts) {
            defect.severity = Severity::Check;
            defect.message.push_str(why);
        }
    }
    let missing = defects.iter().any(|defect| defect.code == DefectCode::IntroductionMissing);
    if form.strays.amid >= LONG && !missing {
        let message = format!("“案例介绍”之后另有约{}字未能归入任何栏目，请人工核对", form.strays.amid);
        defects.push(super::defect(DefectCode::IntroductionElsewhere, Some("introduction"), Severity::Check, message));
    }
}

/// What was struck out and replaced by nothing may be meant to stand, or not.
fn struck(field: Field) -> Option<Defect> {
    let (code, name, label) = match field {
        Field::Title => (DefectCode::TitleMissing, "title", "案例题目"),
        Field::Unit => (DefectCode::UnitMissing, "unit", "报送单位"),
        Field::ContactName => (DefectCode::ContactMissing, "contact", "联系人"),
        Field::ContactPhone => (DefectCode::PhoneMissing, "contact", "联系电话"),
        Field::Introduction => (DefectCode::IntroductionMissing, "introduction", "案例介绍"),
        Field::Opinion => (DefectCode::OpinionMissing, "opinion", "报送单位意见"),
        _ => return None,
    };
    Some(super::defect(code, Some(name), Severity::Check, format!("“{label}”栏的内容已划去，未见另填，请人工核对")))
}

/// Why what a field lacks may stand there all the same.
fn unsure(code: DefectCode, form: &Form, contacts: &Contacts) -> Option<&'static str> {
    match code {
        DefectCode::ContactMissing if contacts.leftover => Some("（栏内另有文字，请人工核对）"),
        DefectCode::PhoneMissing if form.strays.phone => Some("（表中另有电话号码，请人工核对）"),
        DefectCode::PhoneInvalid if contacts.digits >= TWO_NUMBERS => Some("（栏内可能有几个号码，请人工核对）"),
        DefectCode::PhoneInvalid if contacts.broken => Some("（号码可能分在两行，请人工核对）"),
        DefectCode::IntroductionMissing if form.strays.characters >= LONG => Some("（另有较长文字未能归入栏目，请人工核对）"),
        // Where neither of the fields that follow was met, their words may have been counted too.
        DefectCode::IntroductionTooLong if !form.met.contains(&Field::Materials) && !form.met.contains(&Field::Opinion) => {
            Some("（未见其后的栏目，请人工核对）")
        }
        _ => None,
    }
}

/// A page keeps neither table nor labels, only where each character stands. Where no ruling tells the cells, or the labels of
/// several fields were not met, it is rather the reading that failed: a coordinator looks before the unit is asked. So too
/// where nothing is ticked, unless all boxes were read and are empty, and the format tells what somebody may have chosen by.
pub(super) fn ask_a_person_first(form: &Form, format: Format, defects: &mut [Defect]) {
    const MISREAD: [DefectCode; 3] = [DefectCode::CategoryOtherUnspecified, DefectCode::PhoneInvalid, DefectCode::IntroductionTooLong];
    let unmet = |defect: &Defect| EMPTY.contains(&defect.code) && !is_met(form, defect);
    // Name and number stand in one cell.
    let fields = defects.iter().filter(|defect| unmet(defect) && defect.code != DefectCode::PhoneMissing).count();
    // Of an OFD page no colours are read.
    let surely_unticked = format == Format::Pdf && form.choice.unticked && !form.guessed;
    let doubtful = |defect: &Defect| {
        defect.code == DefectCode::CategoryMissing && !surely_unticked
            || form.guessed && (EMPTY.contains(&defect.code) || MISREAD.contains(&defect.code))
            || fields >= 2 && unmet(defect)
    };
    defects.iter_mut().filter(|defect| doubtful(defect)).for_each(|defect| defect.severity = Severity::Check);
}

/// Where a page's lines end, a word or a number may have been counted as two.
fn allow_for_broken_words(form: &Form, limit: u32, defects: &mut [Defect]) {
    const PER_HUNDRED: u32 = 2;
    let few = form.introduction.introduction.words <= limit + limit * PER_HUNDRED / 100;
    for defect in defects.iter_mut().filter(|defect| few && defect.code == DefectCode::IntroductionTooLong) {
        defect.severity = Severity::Check;
        defect.message.push_str("（版式文件的字数可能略有出入，请人工核对）");
    }
}

/// A field whose label was not met, in a form with rows of which no label is known, may stand there under another name.
fn look_for_other_labels(form: &Form, defects: &mut [Defect]) {
    for defect in defects.iter_mut().filter(|defect| EMPTY.contains(&defect.code) && !is_met(form, defect)) {
        defect.severity = Severity::Check;
        defect.message.push_str("（表中有不能识别的栏目，请人工核对）");
    }
}

/// Whether the label of the field that a defect is about was met.
fn is_met(form: &Form, defect: &Defect) -> bool {
    let met = |fields: &[Field]| fields.iter().any(|field| form.met.contains(field));
    match defect.code {
        DefectCode::ContactMissing => met(&[Field::Contact, Field::ContactName]),
        DefectCode::PhoneMissing => met(&[Field::Contact, Field::ContactPhone]),
        _ => form.met.iter().any(|field| Some(field.as_str()) == defect.field.as_deref()),
    }
}
