//! Rereading: the kept mails of a case, read again by the workers under the rules of today, and what would differ.
//!
//! Every revision is read in the order of receipt and goes the way that it went when it came: a form takes over the
//! stamped scan of an earlier one, files that followed mend the form before them, and the case is placed anew by the
//! rule for corrections. Nothing is written here.

use super::record::doubted;
use super::{DaemonError, open, process};
use crate::config::CampaignFile;
use crate::intake::correction::{self, Arrived, Course};
use crate::intake::schedule::Office;
use crate::intake::{Arrival, Extent, Received, supplement};
use crate::model::difference::{self, Difference};
use crate::model::placement::Placement;
use crate::model::reading::{CaseReading, CaseTrace, Intake, StoredFile, WindowPlace};
use crate::model::roster::Roster;
use crate::store::{Blobs, Reread, RereadCase, Rereadable};
use crate::worker::Pool;
use jiff::Timestamp;

/// What a case is read again with.
#[derive(Debug, Clone, Copy)]
pub struct Rereader<'a> {
    /// The kept mails.
    pub blobs: &'a Blobs,
    /// The workers, set up with this campaign.
    pub pool: &'a Pool,
    /// The rules of today.
    pub campaign: &'a CampaignFile,
    /// Hours and periods.
    pub office: &'a Office<'a>,
    /// Who is who.
    pub roster: &'a Roster,
    /// Whose authentication is believed.
    pub authserv_id: Option<&'a str>,
    /// What time it is.
    pub now: Timestamp,
}

/// What differs in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rereading {
    /// What each revision that differs says now.
    pub revisions: Vec<Reread>,
    /// For each of those, field by field.
    pub changes: Vec<(u32, Vec<Difference>)>,
    /// Where the case would stand.
    pub place: WindowPlace,
    /// What can't be read again, and why.
    pub unread: Vec<(u32, String)>,
    /// Files that belong to the new readings; to be kept before these are written.
    pub files: Vec<StoredFile>,
    /// The mail of the revision that the case stands by, as it was read.
    pub intake: Option<Box<Intake>>,
}

impl Rereading {
    /// What the revision that the case stands by says now, if that differs.
    pub fn latest(&self, case: &RereadCase) -> Option<&CaseReading> {
        self.revisions.iter().find(|reread| reread.revision == case.revision).map(|reread| &reread.reading)
    }
}

impl Rereader<'_> {
    /// Reads a case again.
    pub async fn read(&self, case: &RereadCase) -> Result<Rereading, DaemonError> {
        let mut found = Rereading {
            revisions: Vec::new(),
            changes: Vec::new(),
            place: case.place.clone(),
            unread: Vec::new(),
            files: Vec::new(),
            intake: None,
        };
        let mut walk = Walk { course: Course { requests: Vec::new(), was_complete: false, ..case.course.clone() }, before: None };
        for known in &case.revisions {
            let at = Timestamp::from_millisecond(known.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
            let (reading, trace) = match self.reading(known, at, walk.before.as_ref()).await? {
                Ok((read, intake)) => {
                    found.files.extend(intake.files.iter().cloned());
                    found.intake = (known.revision == case.revision).then_some(intake).or(found.intake);
                    read
                }
                Err(why) => {
                    found.unread.push((known.revision, why));
                    (known.reading.clone(), CaseTrace::default())
                }
            };
            let placement = self.placed(case, &walk, &reading, at);
            let differences = difference::between(&known.reading, &reading);
            let moved = known.placement.as_ref().is_some_and(|before| before.place != placement.place);
            if found.unread.last().is_none_or(|(revision, _)| *revision != known.revision) && (moved || !differences.is_empty()) {
                found.changes.push((known.revision, differences));
                found.revisions.push(Reread {
                    revision: known.revision,
                    reading: reading.clone(),
                    trace: trace.clone(),
                    placement: placement.clone(),
                });
            }
            if known.revision == case.revision {
                found.place = placement.place.clone();
            }
            walk.course.was_complete |= !reading.lacks_something();
            walk.course.place = placement.place;
            walk.before = Some((reading, trace));
        }
        Ok(found)
    }

    /// By the requests that had been asked for until then.
    fn placed(&self, case: &RereadCase, walk: &Walk, reading: &CaseReading, at: Timestamp) -> Placement {
        if walk.before.is_none() && !case.course.is_ruled {
            return correction::first(&reading.window, at);
        }
        let mut course = walk.course.clone();
        course.requests.clone_from(&case.course.requests);
        course.requests.retain(|request| request.asked < at);
        if case.course.is_ruled {
            course.place = case.place.clone();
        }
        let arrived = Arrived { received: at, is_complete: !reading.lacks_something() };
        correction::placed(&course, arrived, &self.campaign.campaign.calendar, self.office)
    }

    /// What a revision says under the rules of today; or why that can't be told.
    async fn reading(
        &self,
        known: &Rereadable,
        at: Timestamp,
        before: Option<&(CaseReading, CaseTrace)>,
    ) -> Result<Result<ReadAgain, String>, DaemonError> {
        let Some(sha256) = &known.sha256 else { return Ok(Err("原始邮件没有完整保存".into())) };
        let raw = match self.blobs.get(sha256).await {
            Ok(raw) => raw,
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let received = if known.is_server_time { Received::At(at) } else { Received::File(at) };
        let arrival = Arrival { received, extent: Extent::Whole, authserv_id: self.authserv_id.map(str::to_owned), passwords: Vec::new() };
        let intake = match self.pool.read(&arrival, &raw).await {
            Ok(intake) => intake,
            Err(error) if error.is_transient() => return Err(process::of_worker(error)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let intake = match &known.opened {
            Some(mail) => match open::read(self.blobs, self.pool, mail, &intake, self.authserv_id).await {
                Ok(Some(opened)) => opened,
                Ok(None) => return Ok(Err("现在打不开它所说的压缩包".into())),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => return Ok(Err(error.to_string())),
            },
            None => intake,
        };
        if let Some(why) = &intake.quarantine {
            return Ok(Err(format!("现在会列入隔离区：{why}")));
        }
        Ok(self.as_it_went(known, &intake, before).map(|read| (read, Box::new(intake))))
    }

    fn as_it_went(
        &self,
        known: &Rereadable,
        intake: &Intake,
        before: Option<&(CaseReading, CaseTrace)>,
    ) -> Result<(CaseReading, CaseTrace), String> {
        if known.is_supplement {
            let (before, trace) = before.ok_or("没有它所补充的版本")?;
            return Ok(supplement::mended((before, trace), intake).unwrap_or_else(|| (before.clone(), trace.clone())));
        }
        let gone = "现在读不出这份申报表";
        let reading = intake.reading.cases.get(known.form_index).ok_or(gone)?;
        let trace = intake.traces.get(known.form_index).ok_or(gone)?;
        let mended = before.and_then(|(before, _)| supplement::with_earlier_seal(reading, before));
        Ok((doubted(mended.as_ref().unwrap_or(reading), intake, self.campaign, self.roster), trace.clone()))
    }
}

/// A revision as it reads now, and the whole mail.
type ReadAgain = ((CaseReading, CaseTrace), Box<Intake>);

/// The way through a case's revisions.
struct Walk {
    course: Course,
    before: Option<(CaseReading, CaseTrace)>,
}
