//! The rules on each field of a form, and on its seal: what is missing or wrong, as if everything had been read well.

use super::{CaseText, Surroundings, defect};
use crate::intake::form::Form;
use crate::intake::form::contact::Contacts;
use crate::intake::stamp::Stamped;
use crate::model::campaign::{Campaign, Category};
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{Introduction, Seal};

/// What the short fields and the opinion lack.
pub(super) fn of(form: &Form, contacts: &Contacts, campaign: &Campaign) -> Vec<Defect> {
    let mut defects = Vec::new();
    let label = |words: &[String], fallback: &str| words.first().cloned().unwrap_or_else(|| fallback.to_owned());
    let labels = &campaign.form.labels;
    if form.title.is_none() {
        defects.push(defect(
            DefectCode::TitleMissing,
            Some("title"),
            Severity::Correct,
            format!("“{}”栏未填写", label(&labels.title, "案例题目")),
        ));
    }
    if form.unit.is_none() {
        defects.push(defect(
            DefectCode::UnitMissing,
            Some("unit"),
            Severity::Correct,
            format!("“{}”栏未填写", label(&labels.unit, "报送单位")),
        ));
    }
    category(form, &label(&labels.category, "案例分类"), &mut defects);
    contact_defects(contacts, &label(&labels.contact, "联系人及电话"), &mut defects);
    let opinion = match form.opinion.text.as_deref() {
        None => Some("未填写意见"),
        Some(text) if disagrees(text) => Some("写有“不同意”，请人工核对"),
        Some(_) => None,
    };
    defects.extend(opinion.map(|lacks| {
        let message = format!("“{}”栏{lacks}", label(&labels.opinion, "报送单位意见"));
        defect(DefectCode::OpinionMissing, Some("opinion"), Severity::Check, message)
    }));
    defects
}

/// 不同意报送; 不同意见 are other opinions.
fn disagrees(opinion: &str) -> bool {
    opinion.split("不同意").skip(1).any(|behind| !behind.starts_with('见'))
}

fn category(form: &Form, label: &str, defects: &mut Vec<Defect>) {
    let choice = &form.choice;
    if let Some(doubt) = choice.doubt {
        defects.push(defect(
            DefectCode::CategoryDoubtful,
            Some("categories"),
            Severity::Check,
            format!("“{label}”栏：{doubt}，请人工确认"),
        ));
    } else if choice.categories.is_empty() {
        defects.push(defect(DefectCode::CategoryMissing, Some("categories"), Severity::Correct, format!("“{label}”栏未勾选类别")));
    }
    if choice.categories.contains(&Category::Other) && choice.other.is_none() {
        defects.push(defect(
            DefectCode::CategoryOtherUnspecified,
            Some("category_other"),
            // Whether 其它 was ticked at all is then for a person to tell.
            if choice.doubt.is_some() { Severity::Check } else { Severity::Correct },
            format!("“{label}”栏勾选了“其它”，未写明具体类别"),
        ));
    }
}

fn contact_defects(contacts: &Contacts, label: &str, defects: &mut Vec<Defect>) {
    if contacts.all.iter().all(|contact| contact.name.is_none()) {
        defects.push(defect(DefectCode::ContactMissing, Some("contact"), Severity::Correct, format!("“{label}”栏未填写联系人姓名")));
    }
    if contacts.all.iter().all(|contact| contact.phones.is_empty()) {
        let found = match &contacts.invalid {
            Some(_) => defect(
                DefectCode::PhoneInvalid,
                Some("contact"),
                Severity::Correct,
                format!("“{label}”栏的电话号码不完整或有误，请填写手机号码或带区号的座机号码"),
            ),
            None => defect(DefectCode::PhoneMissing, Some("contact"), Severity::Correct, format!("“{label}”栏未填写电话")),
        };
        defects.push(found);
    } else if contacts.crossed {
        let message = format!("“{label}”栏有号码不完整，其后的号码可能是另一位联系人的，请人工核对");
        defects.push(defect(DefectCode::PhoneInvalid, Some("contact"), Severity::Check, message));
    }
}

/// The introduction's rules; a document of its own stands in for one that only points to it.
pub(super) fn introduction(form: &Form, around: &Surroundings, campaign: &Campaign, defects: &mut Vec<Defect>) -> Introduction {
    let read = &form.introduction;
    let label = campaign.form.labels.introduction.first().map_or("案例介绍", String::as_str);
    let limit = &campaign.form.introduction_words;
    let given = &read.introduction;
    if given.text.is_none() || read.elsewhere {
        let missing = defect(DefectCode::IntroductionMissing, Some("introduction"), Severity::Correct, format!("“{label}”栏未填写"));
        let elsewhere =
            |why: &str| defect(DefectCode::IntroductionElsewhere, Some("introduction"), Severity::Check, format!("“{label}”栏{why}"));
        match &around.case_text {
            CaseText::Read(own) => {
                defects.push(elsewhere("未写正文，案例正文在单独的文件中，请人工核对"));
                return own.clone();
            }
            CaseText::Perhaps if read.elsewhere => defects.push(elsewhere("仅写明见附件，请人工核对附件内容")),
            CaseText::Perhaps | CaseText::No => defects.push(missing),
        }
    }
    if given.words > limit.limit + limit.tolerance {
        let message = format!("“{label}”栏共{}字，超过{}字的限制", given.words, limit.limit);
        defects.push(defect(DefectCode::IntroductionTooLong, Some("introduction"), Severity::Correct, message));
    }
    if !read.missing_parts.is_empty() {
        let message = format!("“{label}”栏缺少“{}”部分", read.missing_parts.join("”“"));
        defects.push(defect(DefectCode::IntroductionPartMissing, Some("introduction"), Severity::Check, message));
    }
    given.clone()
}

/// What the seal lacks.
pub(super) fn seal(stamped: &Stamped, defects: &mut Vec<Defect>) {
    let mut check = |code, message: String| defects.push(defect(code, Some("seal"), Severity::Check, message));
    if stamped.seal == Seal::Unverified {
        check(DefectCode::SealUnverified, stamped.doubt.clone().unwrap_or_else(|| "已附盖章材料，需人工确认公章".to_owned()));
    }
    if stamped.floating {
        check(DefectCode::SealFloating, "印章是可编辑文档中的浮动图片，可能是插入的".to_owned());
    }
    if let Some(file) = &stamped.elsewhere {
        check(DefectCode::SealElsewhere, format!("“{file}”上疑似有章，但不是申报表上的本单位公章"));
    }
    if stamped.seal == Seal::Absent {
        defects.push(defect(DefectCode::SealAbsent, Some("seal"), Severity::Correct, "未见加盖公章的申报表扫描件"));
    }
}
