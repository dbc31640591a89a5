//! The forms among the files of a mail, and what goes with each: files into cases, evidence and defects.

use crate::intake::check::{self, CaseText, Rules, Surroundings};
use crate::intake::document::{self, ReadError};
use crate::intake::evidence::{self, CaseNames};
use crate::intake::form::{self, Form};
use crate::intake::identity::sha256_hex;
use crate::intake::stamp::{Looker, Subject};
use crate::intake::unpack::{File, FileType, Unpacked};
use crate::intake::{Setup, of_the_mail, quote, screen};
use crate::model::campaign::Words;
use crate::model::defect::{DefectCode, Severity};
use crate::model::document::{Document, Format};
use crate::model::message::{Kind, Message};
use crate::model::reading::{CaseTrace, Channel, Evidence, FieldTrace, FormFile, Intake, Introduction, Role, StoredFile};
use jiff::Timestamp;

/// What a form that stands in the mail's own text is called.
const BODY: &str = "邮件正文";

/// What one file turned out to be.
enum Content {
    /// Forms, filled in or blank.
    Forms(Vec<Form>),
    /// The introduction as a document of its own.
    CaseText(Introduction),
    /// Pages that are pictures and hold no text.
    Scan,
    /// Readable, but nothing of the application.
    Plain,
    /// It can't be read.
    Unreadable(&'static str),
    /// A format that this version doesn't read.
    Unsupported,
    /// No document at all.
    File,
}

/// One file with what it turned out to be.
struct Item<'a> {
    file: &'a File,
    content: Content,
    role: Role,
    classified: bool,
}

/// A case before it is checked.
enum Found<'a> {
    Form { file: &'a File, form: Box<Form> },
    Unreadable { file: &'a File, code: DefectCode, message: String },
}

impl Found<'_> {
    fn names_a_case(&self) -> bool {
        matches!(self, Found::Form { form, .. } if form.names_a_case())
    }

    fn file(&self) -> &File {
        match self {
            Found::Form { file, .. } | Found::Unreadable { file, .. } => file,
        }
    }

    fn subject(&self, alone: bool) -> Subject<'_> {
        let form = match self {
            Found::Form { form, .. } => Some(&**form),
            Found::Unreadable { .. } => None,
        };
        Subject { file: self.file(), form, alone }
    }
}

/// Looks into the files of a person's mail and fills in kind, cases, evidence and defects.
pub fn judge(message: &Message, unpacked: &Unpacked, received: Timestamp, setup: &Setup, intake: &mut Intake) {
    let words = &setup.campaign.words;
    let items: Vec<Item<'_>> = unpacked.files.iter().map(|file| look(file, setup)).collect();
    if items.iter().any(|item| item.classified) || is_classified(&message.subject, &words.classified) {
        intake.quarantine = Some("疑似带有密级或内部资料标志，请专人处理".into());
        intake.reading.defects.push(of_the_mail(DefectCode::MessageClassified, Severity::Check, "疑似带有密级或内部资料标志"));
    }
    let body = body(message, words);
    let body = look(&body, setup);
    let mut found = cases(&items, unpacked, words);
    if found.is_empty() && matches!(&body.content, Content::Forms(forms) if !forms.iter().all(Form::is_blank)) {
        intake.files.push(StoredFile { sha256: body.file.sha256.clone(), bytes: body.file.bytes.clone() });
        found = cases(std::slice::from_ref(&body), unpacked, words);
    }
    // A file that can't be read is a form only where one was meant: not in a newsletter, not in a stranger's mail.
    if !is_meant(message, &items, words) {
        found.retain(|case| matches!(case, Found::Form { .. }));
    }
    archive_defects(unpacked, &found, intake);
    let blank = items.iter().any(|item| matches!(&item.content, Content::Forms(forms) if forms.iter().all(Form::is_blank)));
    intake.reading.kind = kind(message, !found.is_empty() || blank, intake, setup);
    if found.is_empty() {
        without_form(message, &items, blank, setup, intake);
        return;
    }
    with_forms(message, found, &items, received, setup, intake);
}

fn is_meant(message: &Message, items: &[Item<'_>], words: &Words) -> bool {
    let named = || items.iter().any(|item| screen::contains_any(&item.file.name, &words.form_names));
    !screen::is_bulk(message) && !screen::is_fraud(message) && (screen::means_to_submit(message, words) || named())
}

/// The mail's own text as a file: some units paste the form into it. What it quotes is none of it, unless a
/// bureau sends the mail on.
fn body(message: &Message, words: &Words) -> File {
    let forwarded = screen::starts_with_any(&message.subject, &words.forwarded);
    let text = if forwarded { message.text.clone() } else { quote::own_text(&message.text) };
    File {
        name: BODY.to_owned(),
        path: BODY.to_owned(),
        forwarded,
        file_type: FileType::Document(Format::Text),
        media_type: "text/plain".to_owned(),
        sha256: sha256_hex(&text),
        bytes: text.into_bytes(),
    }
}

fn look<'a>(file: &'a File, setup: &Setup) -> Item<'a> {
    let role = evidence::role(file, &setup.campaign.words);
    let named = is_classified(&file.name, &setup.campaign.words.classified);
    let FileType::Document(format) = file.file_type else {
        return Item { file, content: Content::File, role, classified: named };
    };
    let (content, headed) = match document::read(format, &file.bytes, &setup.document_limits) {
        None => (Content::Unsupported, false),
        Some(Ok(document)) => (content(&document, setup), head_is_classified(&document, setup)),
        Some(Err(ReadError::Encrypted)) => (Content::Unreadable("文件有密码保护"), false),
        Some(Err(ReadError::Corrupt(_))) => (Content::Unreadable("文件损坏"), false),
        Some(Err(ReadError::TooLarge(_))) => (Content::Unreadable("文件内容过大"), false),
    };
    Item { file, content, role, classified: named || headed }
}

fn content(document: &Document, setup: &Setup) -> Content {
    let forms = form::read(document, &setup.campaign, &setup.labels);
    let forms: Vec<Form> = forms.into_iter().filter(|form| !form.is_ledger()).collect();
    if !forms.is_empty() {
        return Content::Forms(forms);
    }
    if !document.pictures.is_empty() && document.text().trim().is_empty() {
        return Content::Scan;
    }
    let lines: Vec<form::locate::Line> = form::locate::plain_lines(document);
    let read = form::introduction::read(&lines, &setup.campaign.form);
    let introduction = read.introduction;
    let parts = [&introduction.background, &introduction.practices, &introduction.results];
    if parts.iter().filter(|part| part.is_some()).count() >= 2 { Content::CaseText(introduction) } else { Content::Plain }
}

/// A marking of classified matter counts in a name and at a page's head, not anywhere in prose.
fn head_is_classified(document: &Document, setup: &Setup) -> bool {
    let text = document.text();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(3)
        .any(|line| line.chars().count() <= 20 && is_classified(line, &setup.campaign.words.classified))
}

fn is_classified(text: &str, markings: &[String]) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    markings.iter().any(|marking| bare.contains(marking.as_str()))
}

/// Archives that stay shut; one that opened a case of its own is told there.
fn archive_defects(unpacked: &Unpacked, found: &[Found<'_>], intake: &mut Intake) {
    for path in unpacked.encrypted.iter().filter(|path| !found.iter().any(|case| case.file().path == **path)) {
        intake.reading.defects.push(of_the_mail(
            DefectCode::ArchiveEncrypted,
            Severity::Correct,
            format!("压缩包“{path}”设有密码，无法打开"),
        ));
    }
    for path in &unpacked.unreadable {
        intake.reading.defects.push(of_the_mail(DefectCode::ArchiveUnreadable, Severity::Correct, format!("压缩包“{path}”损坏，无法打开")));
    }
}

/// The cases of a mail: a form each. Where there is none, a form that can't be read, or a picture named as one.
fn cases<'a>(items: &[Item<'a>], unpacked: &Unpacked, words: &Words) -> Vec<Found<'a>> {
    let filled = items.iter().flat_map(|item| match &item.content {
        Content::Forms(forms) => forms.iter().filter(|form| !form.is_blank()).map(|form| (item.file, form.clone())).collect(),
        Content::CaseText(_) | Content::Scan | Content::Plain | Content::Unreadable(_) | Content::Unsupported | Content::File => Vec::new(),
    });
    let mut found: Vec<Found<'a>> = Vec::new();
    for (file, form) in filled {
        if !found.iter().any(|known| matches!(known, Found::Form { form: earlier, .. } if is_copy(earlier, &form))) {
            found.push(Found::Form { file, form: Box::new(form) });
        }
    }
    // A document without 案例题目 beside a form with one is a ledger or a letter.
    if found.iter().any(Found::names_a_case) {
        found.retain(Found::names_a_case);
    }
    if !found.is_empty() || items.iter().any(|item| matches!(item.content, Content::Forms(_))) {
        return found;
    }
    let unreadable = items.iter().find_map(|item| match item.content {
        Content::Unreadable(why) if item.role != Role::SummaryTable => Some((item.file, why)),
        _ => None,
    });
    if let Some((file, why)) = unreadable {
        let message = format!("附件“{}”无法读取（{why}）", file.name);
        return vec![Found::Unreadable { file, code: DefectCode::FormUnreadable, message }];
    }
    if let Some(item) = items.iter().find(|item| unpacked.encrypted.contains(&item.file.path)) {
        let message = format!("压缩包“{}”设有密码，无法打开", item.file.name);
        return vec![Found::Unreadable { file: item.file, code: DefectCode::ArchiveEncrypted, message }];
    }
    let unsupported = items.iter().any(Item::is_unread_candidate);
    let pictured = items.iter().find(|item| item.is_picture() && screen::contains_any(&item.file.name, &words.form_names));
    match pictured {
        Some(item) if !unsupported => {
            let message = "只收到申报表的扫描件或照片，未收到可编辑的申报表".to_owned();
            vec![Found::Unreadable { file: item.file, code: DefectCode::FormScanOnly, message }]
        }
        _ => Vec::new(),
    }
}

/// The same form once more (in the mail twice, or as another format beside it).
fn is_copy(one: &Form, other: &Form) -> bool {
    one.title.is_some() && one.title == other.title && one.unit == other.unit && one.contact == other.contact
}

impl Item<'_> {
    /// Whether it shows pages and says nothing.
    fn is_picture(&self) -> bool {
        matches!(self.file.file_type, FileType::Image(_)) || matches!(self.content, Content::Scan)
    }

    /// Whether a form may be in it that this version can't read.
    fn is_unread_candidate(&self) -> bool {
        let unread = matches!(self.content, Content::Unsupported) || matches!(self.file.file_type, FileType::Archive(_));
        unread && self.role == Role::Evidence
            || (unread
                && self.role == Role::Scan
                && matches!(self.file.file_type, FileType::Document(format) if format != Format::Ofd)
                && !self.named_as_scan())
    }

    fn named_as_scan(&self) -> bool {
        ["扫描", "盖章", "签章"].iter().any(|word| self.file.name.contains(word))
    }
}

fn kind(message: &Message, has_form: bool, intake: &Intake, setup: &Setup) -> Kind {
    match () {
        () if has_form => Kind::Submission,
        () if screen::is_bulk(message) => Kind::Bulk,
        () if message_has_files(message) && screen::answers_earlier(message, &intake.thread.mentions) => Kind::Supplement,
        () if screen::means_to_submit(message, &setup.campaign.words) => Kind::Submission,
        () => Kind::Inquiry,
    }
}

fn message_has_files(message: &Message) -> bool {
    message.attachments.iter().any(|file| !file.inline)
}

/// No form was found: a blank one, a link, or none at all; what this version can't read goes to a person.
fn without_form(message: &Message, items: &[Item<'_>], blank: bool, setup: &Setup, intake: &mut Intake) {
    intake.reading.evidence = items.iter().map(|item| evidence::record(item.file, item.role_by_content())).collect();
    if blank {
        intake.reading.defects.push(of_the_mail(DefectCode::FormBlank, Severity::Correct, "所附申报表未填写内容"));
        return;
    }
    if intake.reading.kind != Kind::Submission && intake.reading.kind != Kind::Inquiry {
        return;
    }
    let unread: Vec<&str> = items.iter().filter(|item| item.is_unread_candidate()).map(|item| item.file.name.as_str()).collect();
    let meant = intake.reading.kind == Kind::Submission
        || items.iter().any(|item| screen::contains_any(&item.file.name, &setup.campaign.words.form_names));
    if meant && !unread.is_empty() && intake.quarantine.is_none() {
        intake.reading.kind = Kind::Submission;
        intake.quarantine = Some(format!("附件“{}”的格式暂不能自动读取，请人工查看", unread.join("”“")));
        return;
    }
    if intake.reading.kind != Kind::Submission || !intake.reading.defects.is_empty() {
        return;
    }
    let linked = !message_has_files(message) && screen::has_link(message, &setup.campaign.words);
    let defect = match linked {
        true => of_the_mail(DefectCode::AttachmentLinkOnly, Severity::Correct, "邮件中只有超大附件或网盘链接，未收到文件本身"),
        false => of_the_mail(DefectCode::FormMissing, Severity::Correct, "未收到申报表"),
    };
    intake.reading.defects.push(defect);
}

impl Item<'_> {
    fn role_by_content(&self) -> Role {
        match &self.content {
            Content::Unreadable(_) => Role::Unreadable,
            Content::CaseText(_) if self.role == Role::Evidence => Role::CaseText,
            Content::Forms(forms) if forms.iter().any(Form::names_a_case) => Role::FormCopy,
            Content::Forms(_) => self.role,
            Content::CaseText(_) | Content::Scan | Content::Plain | Content::Unsupported | Content::File => self.role,
        }
    }
}

fn with_forms(message: &Message, found: Vec<Found<'_>>, items: &[Item<'_>], received: Timestamp, setup: &Setup, intake: &mut Intake) {
    let rules = Rules { campaign: &setup.campaign, regions: &setup.regions, received };
    let others: Vec<&Item<'_>> = items.iter().filter(|item| !found.iter().any(|case| case.file().sha256 == item.file.sha256)).collect();
    let assigned = assign(&found, &others);
    let channel = channel(message, &found, &others, setup);
    let mut looker = Looker::new(&setup.document_limits, &setup.campaign.words);
    let paths: Vec<String> = found.iter().map(|case| case.file().path.clone()).collect();
    unreadable_evidence(&others, &found, intake);
    for (at, case) in found.into_iter().enumerate() {
        let own: Vec<&Item<'_>> =
            others.iter().zip(&assigned.of).filter(|(_, to)| **to == Some(at) || assigned.single).map(|(item, _)| *item).collect();
        let shared: Vec<&Item<'_>> =
            others.iter().zip(&assigned.of).filter(|(_, to)| to.is_none() && !assigned.single).map(|(item, _)| *item).collect();
        let alone = paths.iter().filter(|path| **path == case.file().path).count() == 1;
        let (case, trace) = one_case(case, alone, (&own, &shared), channel, (rules, &mut looker));
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

struct Assigned {
    of: Vec<Option<usize>>,
    single: bool,
}

fn assign(found: &[Found<'_>], others: &[&Item<'_>]) -> Assigned {
    let names: Vec<CaseNames<'_>> = found
        .iter()
        .map(|case| match case {
            Found::Form { file, form } => CaseNames { file: &file.path, unit: form.unit.as_deref(), title: form.title.as_deref() },
            Found::Unreadable { file, .. } => CaseNames { file: &file.path, unit: None, title: None },
        })
        .collect();
    Assigned { of: others.iter().map(|item| evidence::belongs_to(&item.file.path, &names)).collect(), single: found.len() == 1 }
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

/// Files with what they are taken for.
fn roles<'a>(items: &[&Item<'a>]) -> Vec<(&'a File, Role)> {
    items.iter().map(|item| (item.file, item.role_by_content())).collect()
}

fn one_case(
    case: Found<'_>,
    alone: bool,
    (own, shared): (&[&Item<'_>], &[&Item<'_>]),
    channel: Channel,
    (rules, looker): (Rules<'_>, &mut Looker<'_>),
) -> (crate::model::reading::CaseReading, CaseTrace) {
    let file = case.file();
    let sha256 = file.sha256.clone();
    let format = match file.file_type {
        FileType::Document(format) => format,
        FileType::Image(_) | FileType::Zip | FileType::Archive(_) | FileType::Other => Format::Image,
    };
    let evidence: Vec<Evidence> = own.iter().map(|item| evidence::record(item.file, item.role_by_content())).collect();
    let case_text = own.iter().find_map(|item| match &item.content {
        Content::CaseText(introduction) => Some(CaseText::Read(introduction.clone())),
        _ => None,
    });
    let unread = own.iter().any(|item| matches!(item.content, Content::Unsupported | Content::Unreadable(_)));
    let case_text = case_text.unwrap_or(if unread { CaseText::Perhaps } else { CaseText::No });
    let around = Surroundings {
        file: FormFile { file: file.path.clone(), format },
        channel,
        stamped: looker.judge(case.subject(alone), &roles(own), &roles(shared)),
        evidence,
        case_text,
    };
    match case {
        Found::Form { form, .. } => {
            let fields: Vec<FieldTrace> = form.trace.iter().chain(&around.stamped.trace).cloned().collect();
            (check::form(*form, around, rules), CaseTrace { form_sha256: sha256, fields })
        }
        Found::Unreadable { code, message, .. } => {
            let fields: Vec<FieldTrace> = around.stamped.trace.iter().cloned().collect();
            (check::unreadable(code, message, around, rules), CaseTrace { form_sha256: sha256, fields })
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
