//! The reply mails, from letter to bytes: each text against its golden file, and what hostile values
//! may never do to a mail.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests fails its test by panicking")]

use jiff::{Timestamp, civil::date};
use mail_parser::{MessageParser, MimeHeaders};
use std::path::Path;
use zhihui::{
    intake::compose::{
        ComposeError, Deadline, Disclosure, Letter, LetterAttachment, LetterCase, LetterFile, LetterKind, LetterMail, Reminding,
        check_texts, compose, subject,
    },
    model::{
        address::Address,
        campaign::Campaign,
        defect::{Defect, DefectCode, Severity},
        reading::WindowPlace,
    },
};

const CAMPAIGN: &str = include_str!("../config/campaign-2023.toml");
const ORIGINAL: &str = "报送典型案例";

fn campaign() -> Campaign {
    toml::from_str(CAMPAIGN).unwrap()
}

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn window(month: &str, batch: Option<&str>) -> WindowPlace {
    WindowPlace { month: Some(month.into()), batch: batch.map(str::to_owned), late: false }
}

fn defect(code: DefectCode, severity: Severity, message: &str) -> Defect {
    Defect { code, field: None, severity, message: message.into() }
}

fn wrong() -> Vec<Defect> {
    vec![
        defect(DefectCode::PhoneMissing, Severity::Correct, "“联系人及电话”栏未填写电话，请填写手机号码或带区号的固定电话。"),
        defect(DefectCode::IntroductionTooLong, Severity::Correct, "“案例介绍”栏共1623字，超过1500字，请压缩123字以上。"),
        defect(DefectCode::RegionUnknown, Severity::Check, "只给协调员看。"),
        defect(DefectCode::SealAbsent, Severity::Correct, "申报表未见公章，请加盖公章后扫描报送。"),
    ]
}

const FILES: [LetterFile<'static>; 2] =
    [LetterFile { name: "申报表.docx", bytes: 38_000 }, LetterFile { name: "申报表（盖章扫描件）.pdf", bytes: 1_258_291 }];

/// A letter with nothing in it but what every letter has.
fn letter<'a>(kind: LetterKind, campaign: &'a Campaign, to: &'a Address) -> Letter<'a> {
    Letter {
        kind,
        campaign,
        salutation: Some("湖北省计量测试技术研究院"),
        received: at("2023-06-30T17:30:59+08:00"),
        cases: &[],
        defects: &[],
        files: &[],
        mails: &[],
        deadline: None,
        to,
        from: "荆楚质汇案例征集 <cases@example.com>",
        message_id: "<reply-1@example.com>",
        date: at("2023-06-30T17:31:00+08:00"),
        in_reply_to: Some("<original@unit.example>"),
        references: &[],
        original_subject: ORIGINAL,
        disclosure: Disclosure::Full,
        reminding: None,
        said: "",
        annotated: &[],
        personal: &[],
    }
}

fn unit() -> Address {
    Address { name: Some("李明\r\nBcc: x@y.z".into()), address: "unit@unit.example".into() }
}

fn case<'a>(window: &'a WindowPlace) -> LetterCase<'a> {
    LetterCase {
        number: Some("JCZH-2023-0001"),
        title: Some("以计量测试服务光纤通信产业链提质升级"),
        unit: Some("湖北省计量测试技术研究院"),
        window,
        defects: &[],
        files: &FILES,
    }
}

struct Parts {
    header: String,
    subject: String,
    text: String,
    html: String,
}

fn parts(bytes: &[u8]) -> Parts {
    let mail = MessageParser::default().parse(bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    Parts {
        header: String::from_utf8(bytes[..end].to_vec()).unwrap(),
        subject: mail.subject().unwrap().to_owned(),
        text: mail.body_text(0).unwrap().replace("\r\n", "\n"),
        html: mail.body_html(0).unwrap().into_owned(),
    }
}

fn rendered(letter: &Letter) -> Parts {
    let mail = compose(letter).unwrap();
    assert_eq!(mail.subject, subject(letter).unwrap());
    let parts = parts(&mail.bytes);
    assert_eq!(parts.subject, mail.subject);
    parts
}

/// Compares with `tests/letters/NAME.txt`: the subject, an empty line, the text.
fn golden(name: &str, letter: &Letter) {
    let parts = rendered(letter);
    let is = format!("{}\n\n{}", parts.subject, parts.text);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters").join(name).with_extension("txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &is).unwrap();
        std::fs::write(std::env::temp_dir().join(name).with_extension("html"), &parts.html).unwrap();
        std::fs::write(std::env::temp_dir().join(name).with_extension("eml"), compose(letter).unwrap().bytes).unwrap();
    }
    assert_eq!(is, std::fs::read_to_string(&path).unwrap(), "{}; BLESS=1 writes it anew", path.display());
    assert_tone(&is);
    for line in is.lines().flat_map(|line| line.split('：')).map(str::trim).filter(|piece| !piece.is_empty()) {
        let piece = line.split_once(". ").map_or(line, |(_, text)| text);
        assert!(parts.html.contains(piece) || parts.html.contains(&piece.replace('/', "&#x2f;")), "not in HTML: {piece}");
    }
}

/// Section 10's rules of tone; `2023-H1` and hashes are for machines.
fn assert_tone(text: &str) {
    for word in ["尊敬的", "您", "你", "！", "!", "驳回", "不合格", "必须", "受理", "-H1", "-H2", "sha", "{{", "{%"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    for word in
        ["荆楚质汇", "筑基赋能 聚力先行——湖北质量基础设施", "省市场监管局“51020”专班\n2023年", "联系方式：", "严禁通过本邮箱传输涉密"]
    {
        assert!(text.contains(word), "no {word} in {text}");
    }
}

#[test]
fn acknowledgement() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let cases = [case(&place)];
    golden("acknowledgement", &Letter { cases: &cases, ..letter(LetterKind::Acknowledgement, &campaign, &to) });
}

#[test]
fn acknowledgement_of_several_cases() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-12", None));
    let second = LetterCase {
        number: Some("JCZH-2023-0002"), title: Some("第二个案例"), unit: Some("十堰市检验检测中心"), ..case(&place)
    };
    let cases = [case(&place), LetterCase { files: &FILES[..1], ..second }];
    let files = [LetterFile { name: "汇总表.xlsx", bytes: 5216 }];
    let letter = Letter { salutation: None, cases: &cases, files: &files, ..letter(LetterKind::Acknowledgement, &campaign, &to) };
    golden("acknowledgement_several", &letter);
}

#[test]
fn correction() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let cases = [LetterCase { defects: &wrong, ..case(&place) }];
    let mail = [defect(DefectCode::ArchiveEncrypted, Severity::Correct, "“证明材料.zip”设有密码，无法打开，请去掉密码后重新报送。")];
    let deadline = Some(Deadline { at: date(2023, 7, 7).at(17, 30, 0, 0), working_days: 5 });
    let annotated = [LetterAttachment { name: "申报表（批注）.docx".into(), bytes: b"PK".to_vec() }];
    let letter =
        Letter { annotated: &annotated, cases: &cases, defects: &mail, deadline, ..letter(LetterKind::Correction, &campaign, &to) };
    golden("correction", &letter);
}

#[test]
fn a_correction_carries_the_form_with_comments_to_a_proven_sender_only() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", None), wrong());
    let cases = [LetterCase { defects: &wrong, ..case(&place) }];
    let annotated =
        ["申报表\r\nBcc: x（批注）.docx", "二（批注）.docx"].map(|name| LetterAttachment { name: name.into(), bytes: name.into() });
    for (kind, disclosure, attached) in [
        (LetterKind::Correction, Disclosure::Full, 2),
        (LetterKind::Correction, Disclosure::Reduced, 0),
        (LetterKind::Acknowledgement, Disclosure::Full, 0),
    ] {
        let mail = compose(&Letter { annotated: &annotated, cases: &cases, disclosure, ..letter(kind, &campaign, &to) }).unwrap();
        let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
        assert_eq!(parsed.attachment_count(), attached);
        assert_eq!(parts(&mail.bytes).text.contains("随本邮件附上"), attached > 0);
        if attached > 0 {
            assert_eq!(parsed.attachment(1).unwrap().attachment_name(), Some("二（批注）.docx"));
            assert_eq!(parsed.attachment(1).unwrap().contents(), "二（批注）.docx".as_bytes());
            assert!(!parsed.attachment(0).unwrap().attachment_name().unwrap().contains(['\r', '\n']));
        }
    }
}

#[test]
fn correction_of_one_case_among_several_without_a_deadline() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let second = LetterCase { number: Some("JCZH-2023-0002"), title: None, defects: &wrong, ..case(&place) };
    let cases = [case(&place), second];
    golden("correction_several", &Letter { cases: &cases, ..letter(LetterKind::Correction, &campaign, &to) });
}

#[test]
fn guidance() {
    let (campaign, to) = (campaign(), unit());
    let wrong = [
        defect(DefectCode::FormMissing, Severity::Correct, "邮件中没有申报表。"),
        defect(DefectCode::AttachmentLinkOnly, Severity::Correct, "邮件中的超大附件只有链接，没有文件。"),
    ];
    let files = [LetterFile { name: "现场照片.jpg", bytes: 2_202_010 }];
    golden("guidance", &Letter { defects: &wrong, files: &files, ..letter(LetterKind::Guidance, &campaign, &to) });
}

#[test]
fn late() {
    let (campaign, to, wrong) = (campaign(), unit(), wrong());
    let place = WindowPlace { month: None, batch: None, late: true };
    let cases = [LetterCase { defects: &wrong, ..case(&place) }];
    let received = at("2024-01-02T09:05:00+08:00");
    golden("late", &Letter { cases: &cases, received, ..letter(LetterKind::Late, &campaign, &to) });
}

#[test]
fn selected() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let cases = [case(&place)];
    let letter = Letter { cases: &cases, date: at("2023-07-17T09:00:00+08:00"), ..letter(LetterKind::Selected, &campaign, &to) };
    golden("selected", &letter);
}

#[test]
fn not_selected() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let cases = [case(&place)];
    let letter = Letter { cases: &cases, date: at("2023-07-17T09:00:00+08:00"), ..letter(LetterKind::NotSelected, &campaign, &to) };
    golden("not_selected", &letter);
}

#[test]
fn summary() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let faulty = [LetterCase { number: Some("JCZH-2023-0002"), title: None, defects: &wrong, ..case(&place) }];
    let (good, again) = ([case(&place)], [LetterCase { defects: &[], ..case(&place) }]);
    let missing = [defect(DefectCode::FormMissing, Severity::Correct, "邮件中没有申报表。")];
    let mail = |at_hour: &str, subject: &'static str| LetterMail {
        received: at(&format!("2023-06-30T{at_hour}:59+08:00")),
        subject,
        cases: &[],
        newer: &[],
        defects: &[],
        files: &[],
        lacks_form: false,
    };
    let mails = [
        LetterMail { cases: &again, newer: &[Some(3)], ..mail("16:10", "案例申报表") },
        LetterMail { cases: &faulty, newer: &[None], ..mail("16:20", "报送典型案例") },
        LetterMail { cases: &good, newer: &[None], ..mail("16:30", "案例申报表（新）") },
        LetterMail { defects: &missing, files: &FILES[1..], lacks_form: true, ..mail("16:40", "") },
        LetterMail { files: &FILES[1..], ..mail("16:50", "照片") },
    ];
    let deadline = Some(Deadline { at: date(2023, 7, 7).at(17, 30, 0, 0), working_days: 5 });
    let cases = [case(&place), LetterCase { defects: &[], files: &[], ..faulty[0] }];
    let date = at("2023-07-03T08:30:00+08:00");
    let letter = Letter { cases: &cases, mails: &mails, deadline, date, ..letter(LetterKind::Summary, &campaign, &to) };
    golden("summary", &letter);
    assert_eq!(MessageParser::default().parse(&compose(&letter).unwrap().bytes).unwrap().attachment_count(), 1, "the blank form");
}

#[test]
fn possible_revision_mentions_no_case() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let cases = [case(&place)];
    let letter = Letter { cases: &cases, ..letter(LetterKind::PossibleRevision, &campaign, &to) };
    golden("possible_revision", &letter);
    let parts = rendered(&letter);
    for word in ["JCZH", "光纤"] {
        assert!(!format!("{}{}{}", parts.subject, parts.text, parts.html).contains(word));
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let (campaign, to) = (campaign(), unit());
    let letter = letter(LetterKind::Guidance, &campaign, &to);
    let first = compose(&letter).unwrap();
    let from_another_thread = std::thread::scope(|scope| scope.spawn(|| compose(&letter).unwrap()).join().unwrap());
    assert_eq!(first, compose(&letter).unwrap());
    assert_eq!(first, from_another_thread);
    assert!(first.bytes.windows(2).all(|two| two[1] != b'\n' || two[0] == b'\r'), "a bare line feed");
}

#[test]
fn the_header_says_what_it_is() {
    let (campaign, to) = (campaign(), unit());
    let references = ["<first@unit.example>".to_owned(), "not an id\r\nBcc: <a@b>".to_owned()];
    let long = format!("<{}@unit.example>", "x".repeat(300));
    let header =
        rendered(&Letter { references: &references, in_reply_to: Some(&long), ..letter(LetterKind::Acknowledgement, &campaign, &to) })
            .header;
    for field in [
        "To: unit@unit.example\r\n",
        "<cases@example.com>\r\n",
        "Message-ID: <reply-1@example.com>\r\n",
        "Date: Fri, 30 Jun 2023 09:31:00 +0000\r\n",
        "Auto-Submitted: auto-replied\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        &format!("In-Reply-To: {long}\r\n"),
        &format!("References: <first@unit.example>\r\n {long}\r\n"),
    ] {
        assert!(header.contains(field), "no {field} in {header}");
    }
    assert!(!header.contains("Bcc"), "{header}");
}

#[test]
fn hostile_values_stay_data() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let title = "案例\r\nBcc: victim@example.org\0\u{202e}{{ 7*7 }}{% for %}<script>alert(1)</script>\u{2028}1. 假";
    let files = [LetterFile { name: "a\r\n\r\n<img src=x>\".docx", bytes: 1 }];
    let wrong = [defect(DefectCode::TitleMissing, Severity::Correct, "“{{ brand }}”<b>\r\n2. 假")];
    let cases = [LetterCase { title: Some(title), unit: Some(title), files: &files, defects: &wrong, ..case(&place) }];
    for kind in LetterKind::ALL {
        for disclosure in [Disclosure::Full, Disclosure::Reduced] {
            let plain = letter(kind, &campaign, &to);
            let mails = [LetterMail {
                received: plain.received,
                subject: title,
                cases: &cases,
                newer: &[None],
                defects: &wrong,
                files: &files,
                lacks_form: true,
            }];
            let mails = if kind == LetterKind::Summary { &mails[..] } else { &[] };
            let hostile = Letter { salutation: Some(title), original_subject: title, cases: &cases, mails, disclosure, ..plain };
            let parts = rendered(&hostile);
            assert!(!parts.header.contains("\nBcc"), "{}", parts.header);
            assert!(!parts.subject.contains(['\r', '\n', '\0', '\u{202e}']), "{:?}", parts.subject);
            let injected = |line: &str| line.starts_with("Bcc") || line == "1. 假" || line == "2. 假";
            assert!(!parts.text.lines().map(str::trim).any(injected), "{}", parts.text);
            assert!(!parts.text.contains("49") && !parts.text.contains(['\0', '\u{202e}', '\u{2028}']), "{}", parts.text);
            assert!(!parts.html.contains("<script") && !parts.html.contains("<img") && !parts.html.contains("<b>"), "{}", parts.html);
        }
    }
}

#[test]
fn a_long_title_is_cut_in_the_subject_only() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", None));
    let title = "长".repeat(60);
    let cases = [LetterCase { title: Some(&title), ..case(&place) }];
    let parts = rendered(&Letter { cases: &cases, ..letter(LetterKind::Acknowledgement, &campaign, &to) });
    assert_eq!(parts.subject, format!("【荆楚质汇】收件回执 JCZH-2023-0001 {}…", "长".repeat(39)));
    assert!(parts.text.contains(&title));
}

#[test]
fn a_sender_who_is_not_proven_gets_no_attachment_and_no_personal_data() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", None));
    let files = [LetterFile { name: "李明19900009037身份证.jpg", bytes: 1 }];
    let cases = [LetterCase { files: &files, ..case(&place) }];
    let personal = ["李明", "19900009037"];
    let reduced = |kind| Letter { disclosure: Disclosure::Reduced, personal: &personal, cases: &cases, ..letter(kind, &campaign, &to) };
    let text = rendered(&reduced(LetterKind::Acknowledgement)).text;
    assert!(!text.contains("李明") && !text.contains("1990000") && text.contains("JCZH-2023-0001"), "{text}");
    let mail = compose(&reduced(LetterKind::Guidance)).unwrap();
    assert_eq!(MessageParser::default().parse(&mail.bytes).unwrap().attachment_count(), 0);
    assert!(parts(&mail.bytes).text.contains("空白表见征集通知附件2"));
}

#[test]
fn guidance_carries_the_blank_form() {
    let (campaign, to) = (campaign(), unit());
    let mail = compose(&letter(LetterKind::Guidance, &campaign, &to)).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
    let form = parsed.attachment(0).unwrap();
    assert_eq!(form.attachment_name(), Some(campaign.form.file_name.as_str()));
    assert!(form.contents().starts_with(b"PK"));
}

#[test]
fn what_cannot_be_sent_is_an_error() {
    let (campaign, to) = (campaign(), unit());
    let nobody = Address { name: None, address: "nobody".into() };
    let good = letter(LetterKind::Acknowledgement, &campaign, &to);
    assert!(matches!(compose(&Letter { to: &nobody, ..good }), Err(ComposeError::Recipient)));
    assert!(matches!(compose(&Letter { from: "nobody", ..good }), Err(ComposeError::Sender)));
    assert!(matches!(compose(&Letter { message_id: "<a\r\n@b>", ..good }), Err(ComposeError::MessageId)));
    let mut misspelt = campaign.clone();
    misspelt.replies.acknowledgement.body = "{{ recieved }}".into();
    assert!(matches!(compose(&Letter { campaign: &misspelt, ..good }), Err(ComposeError::Template(_))));
    assert!(check_texts(&campaign).is_ok());
    let mut misspelt = campaign.clone();
    misspelt.replies.late.body.push_str("{% if deadline %}{{ dead_line }}{% endif %}");
    assert!(matches!(check_texts(&misspelt), Err((LetterKind::Late, ComposeError::Template(_)))));
}

#[test]
fn reminder_before_the_deadline() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let cases = [LetterCase { defects: &wrong, files: &[], ..case(&place) }];
    let deadline = Some(Deadline { at: date(2023, 6, 30).at(17, 30, 0, 0), working_days: 5 });
    let closing = Some(("2023年6月常态化征集、上半年阶段性征集", date(2023, 6, 30)));
    let reminding = Some(Reminding { is_overdue: false, closing });
    golden("reminder", &Letter { cases: &cases, deadline, reminding, ..letter(LetterKind::Reminder, &campaign, &to) });
}

#[test]
fn reminder_after_the_deadline_of_several_cases() {
    let (campaign, to, place, wrong) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let second = LetterCase { number: Some("JCZH-2023-0002"), title: None, defects: &wrong, ..case(&place) };
    let cases = [LetterCase { defects: &wrong[..1], ..case(&place) }, second];
    let deadline = Some(Deadline { at: date(2023, 6, 28).at(17, 30, 0, 0), working_days: 5 });
    let reminding = Some(Reminding { is_overdue: true, closing: None });
    golden("reminder_overdue", &Letter { cases: &cases, deadline, reminding, ..letter(LetterKind::Reminder, &campaign, &to) });
}

#[test]
fn what_we_told_wrongly_is_corrected() {
    let (campaign, to, window, defects) = (campaign(), unit(), window("2023-06", Some("2023-H1")), wrong());
    let cases = [case(&window)];
    golden("retraction", &Letter { cases: &cases, ..letter(LetterKind::Retraction, &campaign, &to) });
    let lacking = [LetterCase { defects: &defects, ..case(&window) }];
    let deadline = Some(Deadline { at: date(2023, 7, 7).at(17, 30, 0, 0), working_days: 5 });
    golden("amendment", &Letter { cases: &lacking, deadline, ..letter(LetterKind::Amendment, &campaign, &to) });
    golden("amendment_window", &Letter { cases: &cases, ..letter(LetterKind::Amendment, &campaign, &to) });
}

#[test]
fn returned() {
    let (campaign, to, place) = (campaign(), unit(), window("2023-06", Some("2023-H1")));
    let cases = [LetterCase { files: &[], ..case(&place) }];
    let said = "案例内容为企业自身产品宣传，未涉及质量基础设施服务";
    golden("returned", &Letter { cases: &cases, said, ..letter(LetterKind::Returned, &campaign, &to) });
}

#[test]
fn answer() {
    let (campaign, to) = (campaign(), unit());
    let said =
        "案例电子材料请以Word版报送，盖章的申报表另附扫描件。\n\n需要的文件如下：\n\n1. 申报表（Word版）\n2. 申报表盖章扫描件\n\n{{ 7*7 }}";
    let letter = Letter { said, original_subject: "请问材料怎么报\r\nBcc: x@y.z", ..letter(LetterKind::Answer, &campaign, &to) };
    let parts = rendered(&letter);
    assert!(!parts.header.contains("\nBcc") && !parts.header.contains("Auto-Submitted") && !parts.text.contains("49"), "{}", parts.header);
    golden("answer", &Letter { said: said.trim_end_matches("\n\n{{ 7*7 }}"), original_subject: "请问材料怎么报", ..letter });
}
