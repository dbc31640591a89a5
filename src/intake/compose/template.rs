//! Renders a letter's subject and body from the campaign file's texts (minijinja).
//!
//! Values are handed to the templates as data: a `{{` in a title is two braces. A template that uses
//! a value which isn't there is an error, so that a misspelt name never becomes a hole in a letter.

use super::{ComposeError, Letter, LetterCase, LetterFile, LetterKind, LetterMail, words};
use crate::model::{
    defect::{Defect, Severity},
    time::{chinese_minute, local},
};
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

/// The most files that one letter lists; what is over is counted.
const FILES: usize = 200;

pub(super) fn subject(letter: &Letter) -> Result<String, ComposeError> {
    let rendered = environment()?.render_named_str("subject.txt", &letter.text().subject, values(letter))?;
    Ok(words::plain(&rendered, words::VALUE))
}

pub(super) fn body(letter: &Letter) -> Result<String, ComposeError> {
    Ok(environment()?.render_named_str("body.txt", &letter.text().body, values(letter))?)
}

fn environment() -> Result<Environment<'static>, ComposeError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    Ok(environment)
}

/// What the templates see.
fn values(letter: &Letter) -> Value {
    let campaign = letter.campaign;
    let mut counter = 0;
    let shown = shown_cases(letter);
    let cases: Vec<Value> = (1..).zip(shown).map(|(n, case)| case_values(letter, n, case, &mut counter)).collect();
    let defects = numbered(letter, letter.defects, &mut counter);
    let mails: Vec<Value> = (1..).zip(letter.mails).map(|(n, mail)| mail_values(letter, n, mail, &mut counter)).collect();
    context! {
        brand => campaign.brand.name.as_str(),
        signature => campaign.office.signature.as_str(),
        received => chinese_minute(letter.received),
        original => letter.value(letter.original_subject, 2 * words::SUBJECT_TITLE),
        numbers => numbers(shown),
        title => subject_title(letter),
        several => shown.len() > 1,
        cases,
        files => files(letter, &loose_files(letter)),
        defects,
        mails,
        lacks_form => letter.mails.iter().any(|mail| mail.lacks_form),
        day => words::day(local(letter.received).date()),
        has_defects => counter > 0,
        codes => codes(letter),
        deadline => letter.deadline.map(|deadline| words::minute(deadline.at)),
        working_days => letter.deadline.map_or(0, |deadline| deadline.working_days),
        is_overdue => letter.reminding.is_some_and(|reminding| reminding.is_overdue),
        closing => letter.reminding.and_then(|reminding| reminding.closing).map(|(windows, _)| words::plain(windows, words::VALUE)),
        last_day => letter.reminding.and_then(|reminding| reminding.closing).map(|(_, day)| words::day(day)),
        said => said(letter),
        words_limit => campaign.form.introduction_words.limit,
        annotated => letter.annotated().iter().map(|file| words::file_name(&file.name)).collect::<Vec<_>>().join("”“"),
        form_attached => letter.attaches_form(),
        opens => words::day(campaign.calendar.opens),
        closed_on => campaign.calendar.closes.yesterday().map(words::day).unwrap_or_default(),
    }
}

/// A person's words: their lines stay lines.
fn said(letter: &Letter) -> String {
    let said = letter.said.lines().map(|line| words::plain(line, words::PARAGRAPH)).collect::<Vec<_>>().join("\n");
    if letter.kind == LetterKind::Returned { sentence(said) } else { said }
}

fn mail_values(letter: &Letter, n: u32, mail: &LetterMail, counter: &mut u32) -> Value {
    let newer = mail.newer.iter().chain(std::iter::repeat(&None));
    let own = &mut 0;
    let case = |(case, newer): (&LetterCase<'_>, &Option<u32>), counter: &mut u32| {
        context! { newer => *newer, ..case_values(letter, n, case, counter) }
    };
    let cases = mail.cases.iter().zip(newer).map(|pair| case(pair, own)).collect::<Vec<_>>();
    let defects = numbered(letter, mail.defects, own);
    *counter += *own;
    context! {
        n,
        received => chinese_minute(mail.received),
        subject => letter.value(mail.subject, 2 * words::SUBJECT_TITLE),
        cases,
        defects,
        files => files(letter, mail.files),
        lacks_form => mail.lacks_form,
    }
}

fn case_values(letter: &Letter, n: u32, case: &LetterCase, counter: &mut u32) -> Value {
    context! {
        n,
        number => number(case),
        title => letter.value(case.title.unwrap_or_default(), words::VALUE),
        unit => letter.value(case.unit.unwrap_or_default(), words::VALUE),
        window => words::window_words(case.window, letter.campaign),
        files => files(letter, case.files),
        defects => numbered(letter, case.defects, counter),
    }
}

fn number(case: &LetterCase) -> String {
    words::plain(case.number.unwrap_or_default(), words::SUBJECT_TITLE)
}

/// A possible revision knows neither number nor title: nothing of them may slip into a template.
fn shown_cases<'a>(letter: &Letter<'a>) -> &'a [LetterCase<'a>] {
    match letter.kind {
        LetterKind::PossibleRevision => &[],
        LetterKind::Acknowledgement
        | LetterKind::Correction
        | LetterKind::Guidance
        | LetterKind::Late
        | LetterKind::Summary
        | LetterKind::Reminder
        | LetterKind::Retraction
        | LetterKind::Amendment
        | LetterKind::Returned
        | LetterKind::Answer
        | LetterKind::Selected
        | LetterKind::NotSelected => letter.cases,
    }
}

/// Files of no shown case.
fn loose_files<'a>(letter: &Letter<'a>) -> Vec<LetterFile<'a>> {
    let hidden = if shown_cases(letter).is_empty() { letter.cases } else { &[] };
    hidden.iter().flat_map(|case| case.files).chain(letter.files).copied().collect()
}

/// `JCZH-2023-0001`, or `JCZH-2023-0001等3件`.
fn numbers(cases: &[LetterCase]) -> String {
    let mut known = cases.iter().map(number).filter(|number| !number.is_empty());
    match (known.next(), known.count()) {
        (None, _) => String::new(),
        (Some(first), 0) => first,
        (Some(first), more) => format!("{first}等{}件", more + 1),
    }
}

/// The title for the subject line: only where there is one case.
fn subject_title(letter: &Letter) -> String {
    match shown_cases(letter) {
        [case] => letter.value(case.title.unwrap_or_default(), words::SUBJECT_TITLE),
        _ => String::new(),
    }
}

/// Everything that the unit is to correct, numbered on through the whole letter; in a summary through each mail.
fn numbered(letter: &Letter, defects: &[Defect], counter: &mut u32) -> Vec<Value> {
    to_correct(defects)
        .map(|defect| {
            *counter += 1;
            context! { n => *counter, message => sentence(letter.value(&defect.message, 2 * words::VALUE)) }
        })
        .collect()
}

/// With the full stop that ends it.
fn sentence(mut message: String) -> String {
    if !message.is_empty() && !message.ends_with(['。', '；', '？', '…']) {
        message.push('。');
    }
    message
}

fn to_correct<'a>(defects: impl IntoIterator<Item = &'a Defect>) -> impl Iterator<Item = &'a Defect> {
    defects.into_iter().filter(|defect| defect.severity == Severity::Correct)
}

fn codes(letter: &Letter) -> Vec<&'static str> {
    let of_mails = letter.mails.iter().flat_map(|mail| mail.cases.iter().flat_map(|case| case.defects).chain(mail.defects));
    let of_cases = letter.cases.iter().flat_map(|case| case.defects).chain(of_mails);
    to_correct(of_cases.chain(letter.defects)).map(|defect| defect.code.as_str()).collect()
}

fn files(letter: &Letter, files: &[LetterFile]) -> Vec<Value> {
    let entry = |name: String, bytes: u64| {
        let size = words::size(bytes);
        context! { label => format!("{name}（{size}）"), name, size }
    };
    let listed = files.iter().take(FILES).map(|file| entry(words::file_name(&letter.value(file.name, 4 * words::VALUE)), file.bytes));
    let rest = files.get(FILES..).unwrap_or_default();
    let bytes = rest.iter().fold(0, |sum, file| file.bytes.saturating_add(sum));
    let more = (!rest.is_empty()).then(|| entry(format!("另有{}个文件", rest.len()), bytes));
    listed.chain(more).collect()
}
