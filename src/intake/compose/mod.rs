//! Turns a verdict into the mail that tells it: a [`Letter`] (all that the reply knows) into a
//! [`Rendered`] mail (RFC 5322, RFC 2045), by the texts of the campaign file.
//!
//! 1. [`words`](window_words) cleans each value and puts it into words;
//! 2. `template` renders subject and body: values are data and never become templates;
//! 3. `layout` adds head, 称呼, signature and foot, as plain text and as HTML made from the same text;
//! 4. `mime` builds the mail, marked as automatic (RFC 3834).
//!
//! It decides nothing: which reply goes, to whom and by when is settled before. The same letter gives
//! the same bytes, so a reply can be rendered again with its Message-ID.

mod check;
mod layout;
#[cfg(test)]
pub mod mailable;
pub(crate) mod mime;
mod privacy;
mod template;
mod words;

pub use check::check_texts;
pub use words::{plain, window_words};

use crate::{
    intake::blank_form::{BlankFormError, blank_form},
    model::{
        address::Address,
        campaign::{Campaign, ReplyText},
        defect::Defect,
        outbox::{Rendered, ReplyKind},
        reading::{Authentication, WindowPlace},
    },
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};

/// Which letter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LetterKind {
    /// 收件回执.
    Acknowledgement,
    /// 补正通知.
    Correction,
    /// How to submit, with the blank form.
    Guidance,
    /// It came after the close.
    Late,
    /// 待并案: a plain acknowledgement that mentions no case.
    PossibleRevision,
    /// 汇总回执: what came past the cap of a day.
    Summary,
    /// 补正提醒: before a correction is due or a window closes, and after.
    Reminder,
    /// 更正: our request was wrong, nothing is to be corrected.
    Retraction,
    /// 更正: what we told was wrong, and what holds.
    Amendment,
    /// 退回告知: a person sent it back, and says why.
    Returned,
    /// 答复: what a person wrote in answer to a question.
    Answer,
    /// 入选通知.
    Selected,
    /// 评审结果告知: it was not selected.
    NotSelected,
}

impl LetterKind {
    /// Every letter.
    pub const ALL: [LetterKind; 13] = [
        LetterKind::Acknowledgement,
        LetterKind::Correction,
        LetterKind::Guidance,
        LetterKind::Late,
        LetterKind::PossibleRevision,
        LetterKind::Summary,
        LetterKind::Reminder,
        LetterKind::Retraction,
        LetterKind::Amendment,
        LetterKind::Returned,
        LetterKind::Answer,
        LetterKind::Selected,
        LetterKind::NotSelected,
    ];

    /// The letter of a planned reply; none where none is sent. A possible revision is asked for by name.
    pub fn of(kind: ReplyKind) -> Option<LetterKind> {
        match kind {
            ReplyKind::Acknowledgement => Some(LetterKind::Acknowledgement),
            ReplyKind::Correction => Some(LetterKind::Correction),
            ReplyKind::Guidance => Some(LetterKind::Guidance),
            ReplyKind::Late => Some(LetterKind::Late),
            ReplyKind::None => None,
        }
    }
}

/// How much a letter may say, by what is known of the sender (RFC 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// The sender is proven: attachments and names may go out.
    Full,
    /// It is not: no attachment, no contact's name, no telephone number.
    Reduced,
}

impl Disclosure {
    /// By the verdict on the sender; who failed gets no letter.
    pub fn of(authentication: Authentication) -> Option<Disclosure> {
        match authentication {
            Authentication::Pass => Some(Disclosure::Full),
            Authentication::Unchecked => Some(Disclosure::Full),
            Authentication::Unknown => Some(Disclosure::Reduced),
            Authentication::Fail => None,
        }
    }
}

/// Until when a correction keeps its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The minute, in Asia/Shanghai.
    pub at: DateTime,
    /// How many working days that gives.
    pub working_days: u32,
}

/// What a reminder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminding<'a> {
    /// Whether the deadline is over.
    pub is_overdue: bool,
    /// The windows that close and the last day on which something counts for them.
    pub closing: Option<(&'a str, Date)>,
}

/// A file that came, as a letter lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterFile<'a> {
    /// Its name, uncleaned.
    pub name: &'a str,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A file that goes with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterAttachment {
    /// Its name, uncleaned.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A case as a letter tells of it. Every string is uncleaned.
#[derive(Debug, Clone, Copy)]
pub struct LetterCase<'a> {
    /// `JCZH-2023-0001`; none where none was given, as in `inspect`.
    pub number: Option<&'a str>,
    /// 案例题目.
    pub title: Option<&'a str>,
    /// 报送单位, shown where a letter tells of several cases.
    pub unit: Option<&'a str>,
    /// Where it is placed.
    pub window: &'a WindowPlace,
    /// What was found; only what the unit is to correct is shown.
    pub defects: &'a [Defect],
    /// The files that belong to it, its form first.
    pub files: &'a [LetterFile<'a>],
}

/// A mail as a summary tells of it.
#[derive(Debug, Clone, Copy)]
pub struct LetterMail<'a> {
    /// When the mailbox's server took it.
    pub received: Timestamp,
    /// Its subject, uncleaned.
    pub subject: &'a str,
    /// Its cases.
    pub cases: &'a [LetterCase<'a>],
    /// For each of them the mail of this letter that brought it again, from 1.
    pub newer: &'a [Option<u32>],
    /// What belongs to no single case.
    pub defects: &'a [Defect],
    /// Files that belong to no single case.
    pub files: &'a [LetterFile<'a>],
    /// Whether no form came with it.
    pub lacks_form: bool,
}

/// All that one reply knows.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Which letter.
    pub kind: LetterKind,
    /// The campaign whose texts are used.
    pub campaign: &'a Campaign,
    /// The unit that is addressed; none where in doubt or several.
    pub salutation: Option<&'a str>,
    /// When the mailbox's server took the mail.
    pub received: Timestamp,
    /// Its cases, in the order of the mail.
    pub cases: &'a [LetterCase<'a>],
    /// What belongs to no single case; only what the unit is to correct is shown.
    pub defects: &'a [Defect],
    /// Files that belong to no single case.
    pub files: &'a [LetterFile<'a>],
    /// The mails that a summary tells of, in the order of receipt; its `cases` are each case once.
    pub mails: &'a [LetterMail<'a>],
    /// By when a correction is due, if that is settled.
    pub deadline: Option<Deadline>,
    /// Of a reminder: what else it says.
    pub reminding: Option<Reminding<'a>>,
    /// What a person wrote: why a case is sent back, or the answer to a question; empty in every other letter.
    pub said: &'a str,
    /// To whom.
    pub to: &'a Address,
    /// `荆楚质汇案例征集 <cases@example.com>`.
    pub from: &'a str,
    /// With its angle brackets, minted by the caller.
    pub message_id: &'a str,
    /// The letter's own day and `Date`.
    pub date: Timestamp,
    /// The Message-ID that is answered.
    pub in_reply_to: Option<&'a str>,
    /// The answered mail's `References`, oldest first.
    pub references: &'a [String],
    /// The answered mail's subject.
    pub original_subject: &'a str,
    /// How much may be said.
    pub disclosure: Disclosure,
    /// The unit's own forms with comments, for a correction request; a reduced letter brings none.
    pub annotated: &'a [LetterAttachment],
    /// Names and numbers of the contacts, which a reduced letter hides.
    pub personal: &'a [&'a str],
}

/// Why a letter can't be made. Every cause is ours or the configuration's, but for the recipient.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A text of the campaign file is no proper template.
    #[error("the text of a reply cannot be rendered: {0:#}")]
    Template(#[from] minijinja::Error),
    /// No mail can be sent to this address.
    #[error("the recipient is not an address that mail can be sent to")]
    Recipient,
    /// `smtp.from` is not an address.
    #[error("smtp.from is not an address")]
    Sender,
    /// The Message-ID was not minted properly.
    #[error("the Message-ID is not one of RFC 5322")]
    MessageId,
    /// The mail can't be built.
    #[error("the mail cannot be built: {0}")]
    Mail(#[from] lettre::error::Error),
    /// The blank form can't be written.
    #[error(transparent)]
    BlankForm(#[from] BlankFormError),
}

/// Renders the whole mail.
pub fn compose(letter: &Letter) -> Result<Rendered, ComposeError> {
    let subject = subject(letter)?;
    let body = template::body(letter)?;
    let page = layout::Page::new(letter, &subject, &body);
    mime::build(letter, &subject, page.text(), page.html()?, letter.attachments()?)
}

/// The decoded subject line, without rendering the mail.
pub fn subject(letter: &Letter) -> Result<String, ComposeError> {
    template::subject(letter)
}

impl Letter<'_> {
    /// Whether the blank form goes with it.
    fn attaches_form(&self) -> bool {
        let asks_for_form = self.kind == LetterKind::Guidance || self.mails.iter().any(|mail| mail.lacks_form);
        asks_for_form && self.disclosure == Disclosure::Full
    }

    /// The forms with comments that go with it.
    fn annotated(&self) -> &[LetterAttachment] {
        match (self.kind, self.disclosure) {
            (LetterKind::Correction | LetterKind::Amendment, Disclosure::Full) => self.annotated,
            (_, _) => &[],
        }
    }

    /// Every file that goes with it, under a clean name.
    fn attachments(&self) -> Result<Vec<LetterAttachment>, ComposeError> {
        let clean = |file: &LetterAttachment| LetterAttachment { name: words::file_name(&file.name), bytes: file.bytes.clone() };
        let mut files: Vec<LetterAttachment> = self.annotated().iter().map(clean).collect();
        if self.attaches_form() {
            files.push(LetterAttachment { name: self.campaign.form.file_name.clone(), bytes: blank_form(self.campaign)? });
        }
        Ok(files)
    }

    /// A value as it may stand in this letter.
    fn value(&self, value: &str, limit: usize) -> String {
        match self.disclosure {
            Disclosure::Full => words::plain(value, limit),
            Disclosure::Reduced => {
                words::plain(&privacy::without_personal_data(&words::plain(value, 4 * words::VALUE), self.personal), limit)
            }
        }
    }

    fn text(&self) -> &ReplyText {
        let replies = &self.campaign.replies;
        match self.kind {
            LetterKind::Acknowledgement => &replies.acknowledgement,
            LetterKind::Correction => &replies.correction,
            LetterKind::Guidance => &replies.guidance,
            LetterKind::Late => &replies.late,
            LetterKind::PossibleRevision => &replies.possible_revision,
            LetterKind::Summary => &replies.summary,
            LetterKind::Reminder => &replies.reminder,
            LetterKind::Retraction => &replies.retraction,
            LetterKind::Amendment => &replies.amendment,
            LetterKind::Returned => &replies.returned,
            LetterKind::Answer => &replies.answer,
            LetterKind::Selected => &replies.selected,
            LetterKind::NotSelected => &replies.not_selected,
        }
    }
}
