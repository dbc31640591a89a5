//! The verdict on one mail: its disposition, what it changes, and the reply (design sections 4, 9 and 10).
//!
//! Pure: a reading and what the store knows, into a [`Decision`].

use crate::intake::supplement;
use crate::model::address::Address;
use crate::model::decision::{CaseChange, Context, Decision, Disposition, KnownCase, matching_key};
use crate::model::defect::Severity;
use crate::model::message::Kind;
use crate::model::outbox::ReplyKind;
use crate::model::reading::{Authentication, CaseReading, CaseStatus, Intake, Reading};

/// Decides over one mail.
pub fn decide(intake: &Intake, context: &Context) -> Decision {
    if let Some(earlier) = context.duplicate_of {
        return Decision { duplicate_of: Some(earlier), ..of(Disposition::Duplicate, "与先前收到的邮件相同") };
    }
    if context.is_ours {
        return of(Disposition::Automatic, "本系统自己发出的邮件，不予处理");
    }
    if let Some(why) = &intake.quarantine {
        return of(Disposition::Quarantined, why);
    }
    match intake.reading.kind {
        Kind::AutoReply | Kind::Bounce | Kind::ReadReceipt | Kind::Bulk => of(Disposition::Automatic, "自动发送的邮件，不予答复"),
        Kind::Inquiry if !intake.thread.passwords.is_empty() => password(intake, context),
        Kind::Inquiry => of(Disposition::Inquiry, "由专班协调员答复"),
        Kind::Submission if context.opened.is_some() => Decision { because: OPENED.to_owned(), ..cases(intake, context) },
        Kind::Supplement | Kind::Submission if intake.thread.perhaps_automatic && intake.reading.cases.is_empty() => {
            of(Disposition::Inquiry, "疑似自动回复，所带附件由专班协调员查看")
        }
        Kind::Supplement => supplement::decide(intake, context).unwrap_or_else(|| of(Disposition::Inquiry, UNTIED)),
        Kind::Submission if intake.reading.cases.is_empty() => {
            supplement::decide(intake, context).unwrap_or_else(|| without_case(&intake.reading))
        }
        Kind::Submission if supplement::is_scan_alone(&intake.reading) => {
            supplement::decide(intake, context).unwrap_or_else(|| cases(intake, context))
        }
        Kind::Submission => cases(intake, context),
    }
}

/// The mails whose archives want a password that this one may tell: of the cases that it answers or names, else of those that
/// its sender opened. Only who may change a case opens its archive.
pub fn shut_mails(intake: &Intake, context: &Context) -> Vec<String> {
    let is_plain = intake.reading.kind == Kind::Inquiry && intake.quarantine.is_none() && !intake.thread.perhaps_automatic;
    if context.duplicate_of.is_some() || context.is_ours || !is_plain {
        return Vec::new();
    }
    let own: Vec<&KnownCase> = context.cases.iter().filter(|case| case.number.is_some() && may_change(intake, case)).collect();
    let of = |test: fn(&KnownCase) -> bool| {
        let mut mails: Vec<String> = own.iter().filter(|case| test(case)).filter_map(|case| case.shut.clone()).collect();
        mails.dedup();
        mails
    };
    let tied = of(|case| case.in_thread || case.mentioned);
    if tied.is_empty() { of(|case| case.same_sender) } else { tied }
}

/// The password of an archive that came before and that it didn't open: a coordinator opens it, and enters what is in it.
fn password(intake: &Intake, context: &Context) -> Decision {
    let own: Vec<&KnownCase> = context.cases.iter().filter(|case| case.number.is_some() && may_change(intake, case)).collect();
    let tied: Vec<&KnownCase> = own.iter().copied().filter(|case| case.in_thread || case.mentioned).collect();
    let of_whom = match (tied.as_slice(), own.as_slice()) {
        ([only], _) | ([], [only]) => only.number.as_deref().map(|number| format!("案例 {number} ")),
        _ => None,
    };
    let because = if own.iter().any(|case| case.shut.is_some()) {
        format!(
            "来信告知解压密码，程序未能据此确定并打开其中的申报表：请人工打开{}此前收到的加密附件，用 zhihui case add 登记其中的申报表",
            of_whom.unwrap_or_default()
        )
    } else {
        // It may have come before its archive, from somebody else, or once more.
        "来信告知解压密码，但此发件人没有尚未打开的加密附件：请核对是哪一件；附件后到的，到后人工打开，用 zhihui case add 登记其中的申报表"
            .to_owned()
    };
    of(Disposition::Inquiry, &because)
}

const OPENED: &str = "用来信告知的密码打开了先前收到的压缩包";
const UNTIED: &str = "补充材料未能对应到唯一案例，由专班协调员查看";

pub(super) fn of(disposition: Disposition, because: &str) -> Decision {
    Decision { disposition, changes: Vec::new(), supplements: None, duplicate_of: None, because: because.to_owned() }
}

fn without_case(reading: &Reading) -> Decision {
    if reading.defects.iter().any(|defect| defect.severity == Severity::Correct) {
        of(Disposition::Guidance, "未收到可用的申报表")
    } else {
        of(Disposition::Inquiry, "未见申报表，由专班协调员查看")
    }
}

fn cases(intake: &Intake, context: &Context) -> Decision {
    let mut taken: Vec<i64> = Vec::new();
    let changes: Vec<CaseChange> = intake
        .reading
        .cases
        .iter()
        .map(|case| {
            let change = change(case, intake, context, &taken);
            if let CaseChange::Revise(id) = change {
                taken.push(id);
            }
            change
        })
        .collect();
    let (disposition, because) = match () {
        () if changes.iter().any(|change| matches!(change, CaseChange::Open)) => (Disposition::Case, "收到申报表，建立案例"),
        () if changes.iter().any(|change| matches!(change, CaseChange::Revise(_))) => (Disposition::Revision, "同一案例的新版本"),
        () => (Disposition::PossibleRevision, "可能是已有案例的新版本，由专班协调员确认是否并案"),
    };
    Decision { changes, ..of(disposition, because) }
}

/// Whose case it is (the rule at the end of design section 10).
fn change(case: &CaseReading, intake: &Intake, context: &Context, taken: &[i64]) -> CaseChange {
    let free: Vec<&KnownCase> = context.cases.iter().filter(|known| known.number.is_some() && !taken.contains(&known.id)).collect();
    let named: Vec<&KnownCase> = free.iter().copied().filter(|known| same_unit_and_title(case, known)).collect();
    let tied: Vec<&KnownCase> = free.iter().copied().filter(|known| known.in_thread || known.mentioned).collect();
    let own = |known: &&KnownCase| may_change(intake, known);
    let own_named = named.iter().copied().find(own);
    let own_tied: Vec<&KnownCase> = tied.iter().copied().filter(own).collect();
    if intake.thread.perhaps_automatic
        && let Some(known) = own_named.or(own_tied.first().copied())
    {
        return CaseChange::PossiblyRevise(known.id);
    }
    // A key that fits ties as an answer does: the first form takes the case that stood for the shut archive.
    let shut = |known: &&KnownCase| context.opened.is_some() && known.shut == context.opened && known.title_key.is_empty();
    if let (None, Some(known)) = (own_named, free.iter().copied().filter(own).find(shut)) {
        return CaseChange::Revise(known.id);
    }
    match (own_named, own_tied.as_slice()) {
        (Some(known), _) => return CaseChange::Revise(known.id),
        (None, [only]) if intake.reading.cases.len() == 1 => return CaseChange::Revise(only.id),
        (None, []) => {}
        // It answers several cases of its own and names none of them.
        (None, [first, ..]) => return CaseChange::PossiblyRevise(first.id),
    }
    let similar = named.first().copied().or_else(|| free.iter().copied().find(|known| same_unit_and_phone(case, known)));
    similar.map_or(CaseChange::Open, |known| CaseChange::PossiblyRevise(known.id))
}

fn same_unit_and_title(case: &CaseReading, known: &KnownCase) -> bool {
    let same = |own: &Option<String>, key: &str| own.as_deref().is_some_and(|value| !key.is_empty() && matching_key(value) == key);
    same(&case.unit, &known.unit_key) && same(&case.title, &known.title_key)
}

/// The same unit and a phone in common: perhaps the same case under another title, perhaps a further one.
/// Only a coordinator can tell.
fn same_unit_and_phone(case: &CaseReading, known: &KnownCase) -> bool {
    let unit = case.unit.as_deref().is_some_and(|unit| !known.unit_key.is_empty() && matching_key(unit) == known.unit_key);
    let phone = case
        .contact
        .phones
        .iter()
        .chain(case.more_contacts.iter().flat_map(|contact| &contact.phones))
        .any(|phone| known.phones.contains(phone));
    unit && phone
}

/// Whether the sender is the one who opened the case, or of the same organisation; a sender that fails
/// authentication may open a case but never change one. What a coordinator enters for a
/// case changes that one and no other.
pub(super) fn may_change(intake: &Intake, case: &KnownCase) -> bool {
    if intake.thread.authentication == Authentication::Fail {
        return false;
    }
    if let Some(number) = intake.thread.handed_for.as_ref().filter(|number| !number.is_empty()) {
        return case.number.as_ref() == Some(number);
    }
    let from = &intake.reading.message.from;
    if from.address.eq_ignore_ascii_case(&case.opener) {
        return true;
    }
    let opener = Address { name: None, address: case.opener.clone() };
    !from.domain().is_empty() && from.domain() == opener.domain() && !is_public_provider(&from.domain())
}

/// Providers whose addresses anybody can have: their domain says nothing about an organisation.
fn is_public_provider(domain: &str) -> bool {
    const PROVIDERS: [&str; 38] = [
        "qq",
        "foxmail",
        "163",
        "126",
        "yeah",
        "188",
        "139",
        "189",
        "wo",
        "sina",
        "sohu",
        "aliyun",
        "tom",
        "21cn",
        "263",
        "outlook",
        "hotmail",
        "live",
        "msn",
        "gmail",
        "googlemail",
        "icloud",
        "yahoo",
        "88",
        "111",
        "email",
        "eyou",
        "2980",
        "sogou",
        "public",
        "aol",
        "gmx",
        "mac",
        "me",
        "proton",
        "protonmail",
        "yandex",
        "zoho",
    ];
    domain.split('.').any(|label| PROVIDERS.contains(&label))
}

/// Which reply is due, and why, before caps and modes are looked at.
pub fn reply_kind(reading: &Reading, decision: &Decision) -> (ReplyKind, &'static str) {
    let cases = &reading.cases;
    match decision.disposition {
        Disposition::Duplicate => (ReplyKind::None, "重复邮件不再答复"),
        Disposition::Automatic => (ReplyKind::None, "自动邮件不予答复"),
        Disposition::Inquiry => (ReplyKind::None, "由专班协调员答复"),
        Disposition::Quarantined => (ReplyKind::None, "已转人工处理"),
        Disposition::Skipped => (ReplyKind::None, "早于受理起始日期"),
        Disposition::Supplement => (ReplyKind::Acknowledgement, "收到补充材料"),
        Disposition::Guidance => (ReplyKind::Guidance, "未收到可用的申报表"),
        Disposition::PossibleRevision => (ReplyKind::Acknowledgement, "收到材料，待人工确认是否并案"),
        Disposition::Case | Disposition::Revision if cases.iter().any(|case| case.status == CaseStatus::Late) => {
            (ReplyKind::Late, "在征集截止之后收到")
        }
        Disposition::Case | Disposition::Revision => reply_kind_in_time(reading),
    }
}

/// The reply to forms that came in time, or that keep an earlier place.
pub fn reply_kind_in_time(reading: &Reading) -> (ReplyKind, &'static str) {
    let defects = reading.cases.iter().flat_map(|case| &case.defects).chain(&reading.defects);
    if defects.into_iter().any(|defect| defect.severity == Severity::Correct) {
        (ReplyKind::Correction, "有需要补正的问题")
    } else {
        (ReplyKind::Acknowledgement, "材料齐全")
    }
}

/// Why a mail that would be answered must not be, if so (RFC 3834 section 2, `replies.never`).
pub fn may_not_answer(intake: &Intake, own_address: &str, is_never: impl Fn(&Address) -> bool) -> Option<&'static str> {
    let Some(to) = &intake.thread.reply_to else { return Some("没有可以自动答复的地址，由专班协调员处理") };
    let from = &intake.reading.message.from;
    match () {
        () if intake.thread.authentication == Authentication::Fail => Some("发件人身份验证未通过，由专班协调员处理"),
        () if intake.thread.perhaps_automatic => Some("疑似自动回复，由专班协调员处理"),
        () if [to, from].iter().any(|address| address.address.eq_ignore_ascii_case(own_address)) => Some("本邮箱自己的邮件"),
        () if [to, from].iter().any(|address| is_never(address)) => Some("该地址由专人答复"),
        () => None,
    }
}
