//! Weekly digests: looks what is due, has it worded, and queues it with the note that says so, in one transaction.
//!
//! Each week's digest goes to each recipient once, over restarts and after being down: weeks that were missed
//! since the last one are caught up with, in their order. A digest waits until every mailbox was read to its
//! end after the period's, and what came in was judged, but for an hour at most: an office waits for its
//! report.

use super::{Daemon, DaemonError, Step, mint};
use crate::clock::Clock;
use crate::config::{CampaignFile, Config, Digest as Settings};
use crate::intake::schedule::Office;
use crate::model::{
    audit::{Actor, By},
    campaign::Campaign,
    outbox::OutboxState,
    region::Regions,
    report::{CaseFacts, DeskFacts},
    time,
    workdays::Workdays,
};
use crate::report::{
    brief, chart,
    digest::{self, Digest, Envelope, Page, Picture, Scope},
    figures::Figures,
    ledger::{Contacts, Ledger},
    week::{Period, Schedule, Week},
    words,
};
use crate::store::{DigestKey, Outgoing, Store};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long a digest waits for mails that came before the end of its period and are not judged yet.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// How many missed weeks are caught up with. After a longer gap only the latest is told.
const MISSED: usize = 8;

/// Writes digests and ledgers.
#[derive(Debug)]
pub struct Editor {
    /// The records.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Recipients, schedule and correction period.
    pub config: Arc<Config>,
    /// The campaigns that mailboxes name.
    pub campaigns: Vec<Arc<CampaignFile>>,
    /// The province's regions.
    pub regions: Arc<Regions>,
    /// Holidays and make-up days.
    pub workdays: Arc<Workdays>,
    /// What our Message-IDs are minted with.
    pub key: String,
    /// When a backup was put back, in unix milliseconds: what was due before may have gone out already.
    pub restored_ms: Option<i64>,
}

/// A digest that somebody is to have.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of which campaign.
    pub campaign: Arc<CampaignFile>,
    /// A region's full name, or `province`; empty: everything.
    pub scope: String,
    /// What it tells about.
    pub period: Period,
}

/// A digest in all its pieces.
#[derive(Debug)]
pub struct Draft {
    /// Its words.
    pub page: Page,
    /// The chart, a PNG.
    pub chart: Vec<u8>,
    /// Names and bytes of the one page and the ledger.
    pub files: Vec<(String, Vec<u8>)>,
}

/// What became of the wish to queue a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It is in the outbox, under this row.
    Now(i64),
    /// It was before.
    Already,
}

impl Editor {
    /// When a digest of these settings is due.
    pub fn schedule(&self, settings: &Settings) -> Schedule<'_> {
        Schedule { day: settings.day(), time: settings.time(), workdays: &self.workdays }
    }

    /// Whose cases the digest of these settings tells about, as the record writes it.
    pub fn scope(&self, settings: &Settings) -> String {
        settings.region.as_deref().and_then(|name| self.regions.key(name)).unwrap_or_default().to_owned()
    }

    /// What is due for a recipient: the latest week, and those that were missed since the last one.
    async fn due(&self, campaign: &Arc<CampaignFile>, settings: &Settings, recipient: &str) -> Result<Vec<Wanted>, DaemonError> {
        let schedule = self.schedule(settings);
        let Some(latest) = schedule.latest(self.clock.now()) else { return Ok(Vec::new()) };
        let (id, scope) = (&campaign.campaign.id, self.scope(settings));
        let last = self.store.last_digest(id, &scope, recipient).await?;
        let mut wanted = Vec::new();
        for period in missed(&schedule, latest, last.and_then(|week| week.parse().ok())) {
            let week = period.week.to_string();
            let key = DigestKey { campaign: id, scope: &scope, week: &week, recipient, copy: 0 };
            // Before the collection opens there is nothing to tell.
            if period.until > campaign.campaign.calendar.opens && self.store.digest_copies(&key).await? == 0 {
                wanted.push(Wanted { campaign: campaign.clone(), scope: scope.clone(), period });
            }
        }
        Ok(wanted)
    }

    /// Counts and words a digest.
    pub async fn draft(&self, wanted: &Wanted) -> Result<Draft, DaemonError> {
        let campaign = &wanted.campaign.campaign;
        let scope = wanted.scope();
        let (period, before) = (wanted.period, wanted.period.before());
        let ends = period.ends();
        let of_scope = |cases: Vec<CaseFacts>| cases.into_iter().filter(|case| scope.holds(case.region.as_deref())).collect::<Vec<_>>();
        let cases = of_scope(self.store.case_facts(&campaign.id, ends.as_millisecond()).await?);
        let earlier = of_scope(self.store.case_facts(&campaign.id, before.ends().as_millisecond()).await?);
        let desk = self.store.desk_facts(&campaign.id, period.starts().as_millisecond(), ends.as_millisecond()).await?;
        let figures = Figures::count(period, &cases, &earlier, desk_of(scope, desk), campaign, &self.regions, &self.office());
        let anchor = self.store.audit_anchor().await?.to_string();
        let dated = time::local(self.clock.now()).date();
        let digest = Digest { figures: &figures, campaign, regions: &self.regions, scope, dated, anchor: Some(&anchor) };
        let mut page = Page::of(&digest);
        if scope == Scope::Province {
            page.todo.extend(self.workdays.runs_out(dated, self.config.correction.working_days).map(|words| format!("{words}。")));
        }
        let brief = brief::brief(&page).map_err(DaemonError::Report)?;
        let ledger = self.ledger(&cases, campaign, ends, Contacts::Masked)?;
        let ledger_name = format!("{}案例台账（截至{}）.xlsx", scope.name(), words::month_day(period.last_day()));
        let files = vec![(format!("{}.docx", digest.title()), brief), (ledger_name, ledger)];
        Ok(Draft { page, chart: chart::weeks(&figures.weeks), files })
    }

    /// A ledger of these cases.
    pub fn ledger(&self, cases: &[CaseFacts], campaign: &Campaign, as_of: Timestamp, contacts: Contacts) -> Result<Vec<u8>, DaemonError> {
        let ledger = Ledger { cases, campaign, regions: &self.regions, office: self.office(), as_of, contacts };
        ledger.workbook().map_err(|error| DaemonError::Report(error.to_string()))
    }

    fn office(&self) -> Office<'_> {
        Office::of(&self.config, &self.workdays)
    }

    /// Queues a digest for one recipient, with the note that keeps it from being queued again.
    pub async fn queue(&self, wanted: &Wanted, draft: &Draft, to: &str, copy: u32, by: &By) -> Result<Queued, DaemonError> {
        let now = self.clock.now();
        let (campaign, week) = (&wanted.campaign.campaign.id, wanted.period.week.to_string());
        let from = &self.config.smtp.from;
        let copied = copy.to_string();
        let named = ["digest", campaign.as_str(), &wanted.scope, &week, to, &copied];
        let message_id = mint::message_id(&self.key, &named, &from.0.domain());
        let envelope = Envelope { from: &from.to_string(), to, message_id: &message_id, date: now };
        let mail =
            digest::mail(&draft.page, &draft.chart, &draft.files, &envelope).map_err(|error| DaemonError::Report(error.to_string()))?;
        let mut tx = self.store.begin().await?;
        let outgoing = Outgoing {
            kind: "digest",
            campaign,
            mail: &mail,
            in_reply_to: None,
            source_message: None,
            cases: &[],
            state: self.state(wanted, by),
            not_before_ms: now.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(outbox) = tx.enqueue(&outgoing).await? else { return Ok(Queued::Already) };
        let key = DigestKey { campaign, scope: &wanted.scope, week: &week, recipient: &mail.to, copy };
        if !tx.note_digest(&key, outbox, by).await? {
            return Ok(Queued::Already);
        }
        tx.commit().await?;
        tracing::info!(outbox.id = outbox, digest.week = %week, digest.scope = %wanted.scope, "digest queued");
        Ok(Queued::Now(outbox))
    }

    /// What the schedule sent before the backup was put back may have gone out: a person releases it.
    fn state(&self, wanted: &Wanted, by: &By) -> OutboxState {
        let restored = self.restored_ms.is_some_and(|restored| wanted.period.ends().as_millisecond() <= restored);
        if restored && by.actor == Actor::Program { OutboxState::Held } else { OutboxState::Queued }
    }

    /// The period that a week's digest of these settings tells about.
    pub fn period(&self, settings: &Settings, week: Option<Week>) -> Option<Period> {
        let schedule = self.schedule(settings);
        match week {
            Some(week) => schedule.period(week),
            None => schedule.latest(self.clock.now()),
        }
    }
}

impl Wanted {
    fn scope(&self) -> Scope<'_> {
        if self.scope.is_empty() { Scope::Province } else { Scope::Region(&self.scope) }
    }
}

impl Draft {
    /// The page for a browser, with its picture in it.
    pub fn html(&self) -> Result<String, DaemonError> {
        digest::html(&self.page, Picture::Data(&self.chart)).map_err(|error| DaemonError::Report(error.to_string()))
    }

    /// The page as plain text.
    pub fn text(&self) -> String {
        digest::text(&self.page)
    }
}

/// The weeks after `last` up to the latest, oldest first.
fn missed(schedule: &Schedule<'_>, latest: Period, last: Option<Week>) -> Vec<Period> {
    let weeks = |back: i32| latest.week.earlier(back);
    let gap = last.and_then(|last| (0..=MISSED).find(|back| i32::try_from(*back).ok().and_then(weeks) == Some(last)));
    let first = gap.map_or(1, |gap| gap.max(1));
    (0..first).rev().filter_map(|back| schedule.period(weeks(i32::try_from(back).ok()?)?)).collect()
}

/// What is nobody's region is the province's to see to.
fn desk_of(scope: Scope<'_>, desk: DeskFacts) -> DeskFacts {
    match scope {
        Scope::Province => desk,
        Scope::Region(_) => DeskFacts {
            undelivered: desk.undelivered.into_iter().filter(|one| scope.holds(one.region.as_deref())).collect(),
            ..DeskFacts::default()
        },
    }
}

impl Daemon {
    /// Whether what came before this instant was received from every mailbox of a campaign, by whichever process.
    pub(super) async fn is_read(&self, campaign: &str, until_ms: i64) -> Result<bool, DaemonError> {
        for source in self.sources.iter().filter(|source| source.campaign.campaign.id == campaign) {
            if !source.is_read(&self.judge, until_ms).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Queues every digest that is due and can be counted. Mailboxes were looked at since `started` at the earliest.
    pub(super) async fn write_digests(&self, started: Timestamp) -> Result<Step, DaemonError> {
        let Some(editor) = &self.editor else { return Ok(Step::Idle) };
        let mut step = Step::Idle;
        let pairs = editor.campaigns.iter().flat_map(|campaign| editor.config.digests.iter().map(move |settings| (campaign, settings)));
        for (campaign, settings) in pairs.filter(|(campaign, settings)| settings.is_of(&campaign.campaign.id)) {
            for to in &settings.to {
                for wanted in editor.due(campaign, settings, &to.0.address).await? {
                    if !self.can_be_counted(editor, settings, &wanted, started).await? {
                        break;
                    }
                    let draft = editor.draft(&wanted).await?;
                    let by = By::program(editor.clock.now().as_millisecond());
                    editor.queue(&wanted, &draft, &to.to_string(), 0, &by).await?;
                    step = Step::Worked;
                }
            }
        }
        Ok(step)
    }

    /// Whether everything that came before the end of the period is known, or was waited for long enough.
    async fn can_be_counted(&self, editor: &Editor, settings: &Settings, wanted: &Wanted, started: Timestamp) -> Result<bool, DaemonError> {
        let campaign = &wanted.campaign.campaign.id;
        let ends = wanted.period.ends().as_millisecond();
        if self.is_read(campaign, ends).await? && editor.store.unjudged_before(campaign, ends).await? == 0 {
            return Ok(true);
        }
        // A process that has just started has not looked yet, however long ago the digest was due.
        let due = editor.schedule(settings).due(&wanted.period).unwrap_or(Timestamp::MIN).max(started);
        Ok(editor.clock.now().duration_since(due) > PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Weekday, time as clock};

    #[test]
    fn weeks_that_were_missed_are_caught_up_with_in_their_order() {
        let workdays: Workdays = toml::from_str(crate::config::builtin::WORKDAYS).unwrap();
        let schedule = Schedule { day: Weekday::Monday, time: clock(8, 30, 0, 0), workdays: &workdays };
        let latest = schedule.latest("2023-07-03T08:30:00+08:00".parse().unwrap()).unwrap();
        let weeks = |last: Option<&str>| {
            let last = last.map(|week| week.parse().unwrap());
            missed(&schedule, latest, last).iter().map(|period| period.week.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(weeks(None), ["2023-W26"]);
        assert_eq!(weeks(Some("2023-W25")), ["2023-W26"]);
        assert_eq!(weeks(Some("2023-W23")), ["2023-W24", "2023-W25", "2023-W26"]);
        // Whether it was sent is asked of the record; a week from the future or long ago says nothing.
        for last in ["2023-W26", "2030-W01", "2023-W01"] {
            assert_eq!(weeks(Some(last)), ["2023-W26"], "{last}");
        }
    }
}
