//! The forms among the files of a mail, and what goes with each: files into cases, evidence and defects.
//!
//! `body` is the mail's own content as files. `look` says what each file is (`marking`, `letter` and `table` what it bears); `found` which of them are cases
//! (`copies` which are one, `strays` which can't be read); `assign` which other files go with each; `compare` holds
//! a bureau's table against them; `room` is what all documents may take; `one_case` has a form checked; `annotated` makes copies with comments for what is wrong; `without` answers for a mail that has none.

mod annotated;
mod assign;
mod body;
mod compare;
mod copies;
mod found;
mod letter;
mod look;
mod marking;
mod names;
mod one_case;
mod room;
mod strays;
mod table;
mod with;
mod without;

use crate::intake::form::Form;
use crate::intake::unpack::{File, Unpacked, Unreadable};
use crate::intake::word_lists::WordLists;
use crate::intake::{Setup, of_the_mail, screen};
use crate::model::defect::{DefectCode, Severity};
use crate::model::message::{Kind, Message};
use crate::model::reading::{FileText, Intake, Role, StoredFile};
use found::{Found, cases};
use jiff::Timestamp;
use look::{Content, Item, look};
use room::Room;
use std::collections::BTreeSet;

/// The text that one mail gives to search, in bytes.
const SEARCHABLE: usize = 4 << 20;

/// Looks into the files of a person's mail and fills in kind, cases, evidence and defects.
pub fn judge(message: &Message, unpacked: &Unpacked, received: Timestamp, setup: &Setup, intake: &mut Intake) {
    let words = &setup.words;
    let mut room = Room::new();
    let mut items = look_at_all(&unpacked.files, setup, &mut room);
    let bodies: Vec<File> = body::files(message, words).into_iter().chain(body::enclosed(message)).collect();
    let bodies: Vec<Item<'_>> = bodies.iter().map(|file| look(file, setup, &mut room)).collect();
    if is_classified(message, &items, &bodies, words) {
        quarantine(message, &items, setup, intake);
        return;
    }
    let mut found = cases(&items, unpacked, setup);
    // A form in the mail's own text comes before a scan of it, or a file that can't be read.
    let formless = !found.iter().any(|case| case.form().is_some());
    let (told, left) = if formless { first_renderings(bodies) } else { (Vec::new(), bodies) };
    if !told.is_empty() {
        let kept = told.iter().map(|body| StoredFile { sha256: body.file.sha256.clone(), bytes: body.file.bytes.clone().into() });
        intake.files.extend(kept);
        found = cases(&told, unpacked, setup);
    }
    // A file that can't be read is a form only where one was meant: not in a newsletter, not in a stranger's mail.
    if !is_meant(message, &items, words) {
        found.retain(|case| case.form().is_some());
    }
    left_in_mails(&left, &found, intake);
    left_in_files(&items, &found, words, intake);
    empty_forms(&items, &found, words, intake);
    settle_tables(&mut items, &found);
    names::settle_scans(&mut items, &found, words);
    intake.texts = searchable(&items);
    archive_defects(unpacked, &found, intake);
    let blank = items.iter().any(|item| matches!(&item.content, Content::Forms(_)) && item.filled().next().is_none());
    intake.reading.kind = kind(message, !found.is_empty() || blank, intake, setup);
    if found.is_empty() {
        without::without_form(message, &items, blank, setup, intake);
        return;
    }
    with::with_forms(message, found, &items, received, setup, intake);
}

/// The texts that hold a form, each in its first rendering: the mail's own, or else those of the mails in it; and the others.
fn first_renderings(bodies: Vec<Item<'_>>) -> (Vec<Item<'_>>, Vec<Item<'_>>) {
    let (mut told, mut left): (Vec<Item<'_>>, Vec<Item<'_>>) = (Vec::new(), Vec::new());
    // A mail without words of its own shows those of the first mail in it.
    let enclosed: Vec<String> = bodies.iter().filter(|body| !body::is_own(body.file)).map(|body| body.file.sha256.clone()).collect();
    let is_shown = |body: &Item<'_>| body::is_own(body.file) && enclosed.contains(&body.file.sha256);
    for body in bodies.into_iter().filter(|body| body.filled().any(Form::asks_for_a_case) && !is_shown(body)) {
        let own = told.first().is_some_and(|first| body::is_own(first.file));
        let is_first = !own && !told.iter().any(|known| known.file.path == body.file.path);
        if is_first { told.push(body) } else { left.push(body) }
    }
    (told, left)
}

/// Forms that mails in this mail tell beside those that came otherwise, and that are none of these: a coordinator looks.
fn left_in_mails(left: &[Item<'_>], found: &[Found<'_>], intake: &mut Intake) {
    if found.is_empty() {
        return;
    }
    let others = left.iter().filter(|body| !body::is_own(body.file) && body.filled().any(|form| !is_known(form, found)));
    let paths: BTreeSet<&str> = others.map(|body| body.file.path.as_str()).collect();
    for path in paths {
        let message = format!("所附邮件的正文“{path}”中也有一份申报表，未单独登记，请核对是否另有案例");
        intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnassigned, Severity::Check, message));
    }
}

/// Tables filled in like a form, or headed as ours, which are none of the cases by what their labels say: a coordinator looks.
fn left_in_files(items: &[Item<'_>], found: &[Found<'_>], words: &WordLists, intake: &mut Intake) {
    const NAMED: usize = 3;
    if found.is_empty() {
        return;
    }
    let is_cases = |item: &&Item<'_>| found.iter().any(|case| case.is_in(item.file));
    let may_be_one = |item: &&Item<'_>| {
        let is_ours = item.is_headed_as_ours(words);
        item.filled().any(|form| (is_ours || form.could_be_a_case()) && !is_known(form, found))
    };
    let left: Vec<&str> = items.iter().filter(|item| !is_cases(item) && may_be_one(item)).map(|item| item.file.name.as_str()).collect();
    if left.is_empty() {
        return;
    }
    let named = left.iter().take(NAMED).copied().collect::<Vec<_>>().join("”“");
    let more = if left.len() > NAMED { format!("等{}个文件", left.len()) } else { String::new() };
    let message = format!("附件“{named}”{more}中也有填写过的表格，按佐证材料保存，未单独登记，请核对是否另有案例");
    intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnassigned, Severity::Check, message));
}

/// Files called a form among cases in which nothing stands at all: a case may be lost with one.
fn empty_forms(items: &[Item<'_>], found: &[Found<'_>], words: &WordLists, intake: &mut Intake) {
    if found.len() < 2 {
        return;
    }
    let is_empty = |item: &&Item<'_>| matches!(item.content, Content::Plain) && item.text.trim().is_empty();
    let empty = items.iter().filter(is_empty).filter(|item| words.form_names.stands_in(&item.file.name));
    for item in empty {
        let message = format!("附件“{}”没有内容，未登记为案例，请核对", item.file.path);
        intake.reading.defects.push(of_the_mail(DefectCode::EvidenceUnassigned, Severity::Check, message));
    }
}

fn is_known(form: &Form, found: &[Found<'_>]) -> bool {
    found.iter().filter_map(Found::form).any(|known| copies::are_one_case(form, known))
}

/// Holds a mail that a machine sent, such as one forwarded by a rule, where it bears a marking.
pub fn hold_marked(message: &Message, unpacked: &Unpacked, setup: &Setup, intake: &mut Intake) {
    let words = &setup.words;
    let mut room = Room::for_words();
    let items = look_at_all(&unpacked.files, setup, &mut room);
    let bodies: Vec<File> = body::files(message, words).into_iter().chain(body::enclosed(message)).collect();
    let bodies: Vec<Item<'_>> = bodies.iter().map(|file| look(file, setup, &mut room)).collect();
    if is_classified(message, &items, &bodies, words) {
        hold(intake);
    }
}

/// Looks at the files in the order of their sizes, so that forms, which are small, come before what takes the room.
fn look_at_all<'a>(files: &'a [File], setup: &Setup, room: &mut Room) -> Vec<Item<'a>> {
    let mut order: Vec<(usize, &File)> = files.iter().enumerate().collect();
    order.sort_by_key(|(_, file)| file.bytes.len());
    let mut items: Vec<(usize, Item<'_>)> = order.into_iter().map(|(at, file)| (at, look(file, setup, room))).collect();
    items.sort_by_key(|(at, _)| *at);
    items.into_iter().map(|(_, item)| item).collect()
}

fn is_classified(message: &Message, items: &[Item<'_>], bodies: &[Item<'_>], words: &WordLists) -> bool {
    let markings = &words.classified;
    items.iter().any(|item| item.classified)
        || marking::is_in_name(&message.subject, markings)
        || bodies.iter().any(|body| body.classified || marking::is_in_text(body.text.as_str(), markings))
        || message.attachments.iter().any(|file| file.within.iter().any(|name| marking::is_in_name(name, markings)))
}

/// Classified matter is held whole: no case, no file and no word of it enters the record (design rule 13).
fn quarantine(message: &Message, items: &[Item<'_>], setup: &Setup, intake: &mut Intake) {
    let has_form = items.iter().any(|item| item.filled().next().is_some());
    intake.reading.kind = kind(message, has_form, intake, setup);
    hold(intake);
}

fn hold(intake: &mut Intake) {
    intake.quarantine = Some("疑似带有密级或内部资料标志，请专人处理".into());
    intake.reading.defects.push(of_the_mail(DefectCode::MessageClassified, Severity::Check, "疑似带有密级或内部资料标志"));
}

/// A table under another name, or in a letter, is a bureau's only if it lists something that came, or if nothing
/// came that it could list.
fn settle_tables(items: &mut [Item<'_>], found: &[Found<'_>]) {
    for item in items.iter_mut().filter(|item| item.role != Role::SummaryTable && !item.listed.is_empty()) {
        let fits = found.is_empty() || compare::compare(&item.listed, found).fits();
        match item.role {
            Role::Evidence if fits => item.role = Role::SummaryTable,
            Role::Letter if fits => {}
            _ => item.listed.clear(),
        }
    }
}

/// What the files say, for search: each distinct file once, a bounded amount in all.
fn searchable(items: &[Item<'_>]) -> Vec<FileText> {
    let mut texts: Vec<FileText> = Vec::new();
    let mut left = SEARCHABLE;
    for item in items.iter().filter(|item| !item.text.trim().is_empty()) {
        if item.text.len() <= left && !texts.iter().any(|known| known.sha256 == item.file.sha256) {
            left -= item.text.len();
            texts.push(FileText { sha256: item.file.sha256.clone(), text: item.text.clone() });
        }
    }
    texts
}

fn is_meant(message: &Message, items: &[Item<'_>], words: &WordLists) -> bool {
    let named = || items.iter().any(|item| words.form_names.stands_in(&item.file.name));
    !screen::is_bulk(message) && !screen::is_fraud(message) && (screen::means_to_submit(message, words) || named())
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
    for Unreadable { path, why } in &unpacked.unreadable {
        let message = format!("压缩包“{path}”无法打开（{why}）");
        intake.reading.defects.push(of_the_mail(DefectCode::ArchiveUnreadable, Severity::Correct, message));
    }
}

fn kind(message: &Message, has_form: bool, intake: &Intake, setup: &Setup) -> Kind {
    match () {
        () if has_form => Kind::Submission,
        () if screen::is_bulk(message) => Kind::Bulk,
        () if !intake.thread.passwords.is_empty() => Kind::Inquiry,
        () if message_has_files(message) && screen::answers_earlier(message, &intake.thread.mentions) => Kind::Supplement,
        () if screen::means_to_submit(message, &setup.words) => Kind::Submission,
        () => Kind::Inquiry,
    }
}

pub(super) fn message_has_files(message: &Message) -> bool {
    message.attachments.iter().any(|file| !file.inline && !screen::is_signature(file))
}
