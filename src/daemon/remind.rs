//! Reminders: looks whose corrections are due or whose window closes, and queues one letter for the cases that one request
//! asked about, with the notes that keep it from being queued again, in one transaction.
//!
//! What came in before the hour is judged first, so that nobody is reminded of what is here already; what comes between
//! queueing and sending takes the letter back.

use super::reply::from_field;
use super::{Daemon, DaemonError, Judge, Source, Step, mint};
use crate::config::{CampaignFile, ReplyMode};
use crate::intake::compose::{self, ComposeError, Deadline, Disclosure, Letter, LetterCase, LetterKind, Reminding};
use crate::intake::correction::{self, Course};
use crate::intake::remind::{self, Due, Occasion};
use crate::intake::schedule::Office;
use crate::model::{
    address::Address,
    outbox::{OutboxState, REMINDER},
    reading::CaseReading,
    time,
};
use crate::store::{OpenCase, Outgoing, ReminderKey, Transaction};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a reminder waits for mails that are there and not judged yet.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// What one letter tells: the cases of one request with the same deadline and the same occasions.
type Group = (i64, Option<Timestamp>, Vec<Due>);

impl Daemon {
    /// Queues every reminder that is due. Mailboxes were looked at since `started` at the earliest.
    pub(super) async fn remind(&self, started: Timestamp) -> Result<Step, DaemonError> {
        let mut step = Step::Idle;
        for (at, source) in self.sources.iter().enumerate() {
            let id = &source.campaign.campaign.id;
            // A campaign of several mailboxes has its turn once.
            if self.sources.iter().take(at).any(|earlier| earlier.campaign.campaign.id == *id) {
                continue;
            }
            for (group, cases) in self.judge.reminders_due(&source.campaign).await? {
                let from = group.2.iter().map(|due| due.from).max().unwrap_or(started);
                if self.was_waited_for(source, from, started).await? && self.judge.queue_reminder(&source.campaign, &group, &cases).await? {
                    step = Step::Worked;
                }
            }
        }
        Ok(step)
    }

    /// Whether everything that came before the reminder's hour is judged, or was waited for long enough.
    async fn was_waited_for(&self, source: &Source, from: Timestamp, started: Timestamp) -> Result<bool, DaemonError> {
        let id = &source.campaign.campaign.id;
        if self.is_read(id, from.as_millisecond()).await? && self.judge.store.unjudged_before(id, from.as_millisecond()).await? == 0 {
            return Ok(true);
        }
        Ok(self.judge.clock.now().duration_since(from.max(started)) > PATIENCE)
    }
}

impl Judge {
    /// What is due and was not told, by letter. A case that had its letter today waits for tomorrow.
    async fn reminders_due(&self, campaign: &CampaignFile) -> Result<BTreeMap<Group, Vec<OpenCase>>, DaemonError> {
        let (now, office) = (self.clock.now(), Office::of(&self.config, &self.workdays));
        let today = time::local(now).date().to_string();
        let mut letters: BTreeMap<Group, Vec<OpenCase>> = BTreeMap::new();
        for case in self.store.open_cases(&campaign.campaign.id).await? {
            if case.reminded_on.as_ref().is_some_and(|day| *day >= today) || self.config.replies.is_never(&address(&case)) {
                continue;
            }
            if !correction::is_units_turn(&case.requests, case.revised) {
                continue;
            }
            let course = Course { place: case.place.clone(), requests: case.requests.clone(), ..Course::default() };
            let mut due = remind::due(&course, &campaign.campaign.calendar, &office, now);
            due.retain(|due| !case.reminded.contains(&due.occasion.key()));
            if !due.is_empty() {
                letters.entry((case.latest.outbox, remind::deadline(&course, &office), due)).or_default().push(case);
            }
        }
        Ok(letters)
    }

    /// False where nothing is left to say.
    async fn queue_reminder(&self, campaign: &CampaignFile, group: &Group, cases: &[OpenCase]) -> Result<bool, DaemonError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let (mut open, mut readings) = (Vec::new(), Vec::new());
        for case in cases {
            if tx.is_open(case.id, case.revision).await?
                && let Some((reading, _)) = tx.settled_reading(case.id).await?
            {
                open.push(case);
                readings.push(reading);
            }
        }
        let (Some(first), Some(leading)) = (open.first(), group.2.first()) else { return Ok(false) };
        let keys: Vec<String> = group.2.iter().map(|due| due.occasion.key()).collect();
        let from = self.config.smtp.from();
        let numbers: Vec<&str> = open.iter().map(|case| case.number.as_str()).collect();
        let words =
            [&[REMINDER, campaign.campaign.id.as_str()][..], &numbers, &keys.iter().map(String::as_str).collect::<Vec<_>>()].concat();
        let message_id = mint::message_id(&self.key, &words, &from.domain());
        let mail = match self.reminder(campaign, group, &open, &readings, &message_id) {
            Err(ComposeError::Recipient) => return Ok(false),
            mail => mail?,
        };
        let ids: Vec<i64> = open.iter().map(|case| case.id).collect();
        let outgoing = Outgoing {
            kind: REMINDER,
            campaign: &campaign.campaign.id,
            mail: &mail,
            in_reply_to: Some(&first.latest.message_id),
            source_message: None,
            cases: &ids,
            state: self.reminder_state(leading),
            not_before_ms: Office::of(&self.config, &self.workdays).in_hours(now).as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(outbox) = tx.enqueue(&outgoing).await? else { return Ok(false) };
        if !note(&mut tx, &ids, &keys, outbox, now).await? {
            return Ok(false);
        }
        // A letter that is for several occasions helps as long as the first of them.
        tx.keep_letter(outbox, None, Some(leading.until.as_millisecond())).await?;
        tx.commit().await?;
        tracing::info!(outbox.id = outbox, reminder.occasion = %leading.occasion.key(), cases = ids.len(), "reminder queued");
        Ok(true)
    }

    /// It says nothing that the request didn't, and names no person: so it may go to an unproven address too.
    fn reminder(
        &self,
        campaign: &CampaignFile,
        (_, deadline, due): &Group,
        open: &[&OpenCase],
        readings: &[CaseReading],
        message_id: &str,
    ) -> Result<crate::model::outbox::Rendered, ComposeError> {
        let now = self.clock.now();
        let each = open.iter().zip(readings);
        let cases: Vec<LetterCase<'_>> = each
            .map(|(case, reading)| LetterCase {
                number: Some(&case.number),
                title: case.title.as_deref(),
                unit: case.unit.as_deref(),
                window: &case.place,
                defects: &reading.defects,
                files: &[],
            })
            .collect();
        let contacts = readings.iter().flat_map(|reading| std::iter::once(&reading.contact).chain(&reading.more_contacts));
        let personal: Vec<&str> = contacts.flat_map(|contact| contact.name.iter().chain(&contact.phones)).map(String::as_str).collect();
        let unit = cases.first().and_then(|case| case.unit).filter(|unit| cases.iter().all(|case| case.unit == Some(unit)));
        let windows = due.iter().find_map(|due| match due.occasion {
            Occasion::Window(closes) => Some((closing_words(open, closes, campaign), closes.yesterday().ok()?)),
            Occasion::Deadline(_) | Occasion::Overdue(_) => None,
        });
        let latest = open.first().map(|case| &case.latest);
        let to = open.first().map_or_else(Address::default, |case| address(case));
        let references: Vec<String> = latest.and_then(|latest| latest.in_reply_to.clone()).into_iter().collect();
        compose::compose(&Letter {
            kind: LetterKind::Reminder,
            campaign: &campaign.campaign,
            salutation: unit,
            received: now,
            cases: &cases,
            defects: &[],
            files: &[],
            mails: &[],
            deadline: deadline.map(|end| Deadline { at: time::local(end).datetime(), working_days: self.config.correction.working_days }),
            to: &to,
            from: &from_field(self.config.smtp.from()),
            message_id,
            date: now,
            in_reply_to: latest.map(|latest| latest.message_id.as_str()),
            references: &references,
            original_subject: "",
            disclosure: Disclosure::Reduced,
            reminding: Some(Reminding {
                is_overdue: deadline.is_some_and(|end| end < now),
                closing: windows.as_ref().map(|(windows, day)| (windows.as_str(), *day)),
            }),
            said: "",
            annotated: &[],
            personal: &personal,
        })
    }

    /// What was due before a backup was put back may have gone out already: a person releases it.
    fn reminder_state(&self, due: &Due) -> OutboxState {
        let perhaps_sent = self.restored_ms.is_some_and(|restored| due.from.as_millisecond() <= restored);
        match self.config.replies.mode {
            ReplyMode::All if !perhaps_sent => OutboxState::Queued,
            ReplyMode::All | ReplyMode::Receipts | ReplyMode::Hold => OutboxState::Held,
        }
    }
}

/// Whom the unit's latest request went to.
fn address(case: &OpenCase) -> Address {
    Address { name: None, address: case.latest.to.clone() }
}

/// The first occasion is what the letter is for; the others it tells too.
async fn note(tx: &mut Transaction, cases: &[i64], keys: &[String], outbox: i64, now: Timestamp) -> Result<bool, DaemonError> {
    let today = time::local(now).date().to_string();
    for case in cases {
        for (at, occasion) in keys.iter().enumerate() {
            let key = ReminderKey { case: *case, occasion, day: (at == 0).then_some(today.as_str()) };
            if !tx.note_reminder(&key, outbox, now.as_millisecond()).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The windows that close then, each once.
fn closing_words(open: &[&OpenCase], closes: jiff::civil::Date, campaign: &CampaignFile) -> String {
    let mut names: Vec<String> = Vec::new();
    for case in open {
        let of_case = remind::closing(&case.place, &campaign.campaign.calendar).remove(&closes).unwrap_or_default();
        of_case.into_iter().for_each(|name| {
            if !names.contains(&name) {
                names.push(name);
            }
        });
    }
    names.join("、")
}
