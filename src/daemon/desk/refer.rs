//! Selected cases sent on, as one transaction: the mail with letter and package waits in the outbox for a look, and the
//! referral is noted beside it. It is shown before it is done, as every act.

use super::letter::{Posted, posted};
use super::{DaemonError, Desk};
use crate::daemon::reply::from_field;
use crate::daemon::{Standing, mint};
use crate::intake::identity::sha256_hex;
use crate::model::audit::By;
use crate::model::campaign::Campaign;
use crate::model::outbox::{OutboxState, REFERRAL};
use crate::model::outcome::Outcome;
use crate::model::reading::{CaseReading, Contact, Role};
use crate::model::region::Regions;
use crate::model::time;
use crate::report::publish::personal::{self, Known};
use crate::report::publish::referral::mail::{Envelope, ReferralError, mail};
use crate::report::publish::referral::{Listed, Referral, Referred, Target};
use crate::report::publish::{Case, Source};
use crate::report::visible::visible;
use crate::report::words;
use crate::store::{Blobs, NewReferral, Outgoing, Publishable, Transaction};

/// What is to be sent on, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Referring<'a> {
    /// To whom.
    pub target: Target,
    /// Whom the letter addresses.
    pub recipient: &'a str,
    /// Where it goes.
    pub address: &'a str,
    /// The cases.
    pub numbers: &'a [String],
    /// Forms and contacts as they are: only where two persons let them out.
    pub with_contacts: Option<&'a Blobs>,
    /// The province.
    pub regions: &'a Regions,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The mail.
    pub posted: Posted,
    /// The cases: numbers, titles, units.
    pub cases: Vec<(String, String, String)>,
    /// Those that go, or went, there before.
    pub before: Vec<String>,
    /// SHA-256 of the package.
    pub package_sha256: String,
    /// The package's size in bytes.
    pub package_bytes: usize,
    /// How often something personal was taken out of the words.
    pub taken_out: usize,
}

/// Why nothing is sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReferral {
    /// No such case, or nothing is left of it.
    Unknown(String),
    /// It isn't selected for good.
    NotSelected(String, Option<Outcome>),
    /// It looks classified.
    Classified(String),
    /// It was sent back, withdrawn or merged.
    Status(String),
    /// They belong to several campaigns, or to one that isn't configured.
    Campaign,
    /// The address can't be written to.
    Address,
    /// The same mail waits already.
    Already,
    /// Something has changed since it was shown.
    Changed,
}

impl Desk {
    /// Queues it, held; only shown, nothing of it stays.
    pub async fn refer(&self, wish: &Referring<'_>, by: &By, shown: Option<&Done>) -> Result<Result<Done, NoReferral>, DaemonError> {
        let mut tx = self.store.begin().await?;
        let (mut cases, mut rows, mut campaign) = (Vec::new(), Vec::new(), None);
        for number in wish.numbers {
            let (found, of) = match self.referable(number, &mut tx).await? {
                Ok(found) => found,
                Err(why) => return Ok(Err(why)),
            };
            if campaign.replace(of.clone()).is_some_and(|before| before != of) {
                return Ok(Err(NoReferral::Campaign));
            }
            rows.push((found.id, found.number.clone()));
            cases.push((found, of));
        }
        let Some(file) = campaign.as_deref().and_then(|id| self.campaign(id)) else { return Ok(Err(NoReferral::Campaign)) };
        let mut referred = Vec::new();
        for (found, _) in &cases {
            let batch = tx.standing_selection(found.id).await?.map(|step| step.batch);
            referred.push(self.referred(found, batch.as_deref(), &file.campaign, wish).await?);
        }
        let (now, from) = (self.clock.now(), self.config.smtp.from());
        let minted = [REFERRAL, wish.target.as_str(), wish.address, &wish.numbers.join(","), &by.at_ms.to_string()];
        let message_id = mint::message_id(&self.key, &minted, &from.domain());
        let date = time::local(now).date();
        let referral = Referral { target: wish.target, recipient: wish.recipient, campaign: &file.campaign, date, cases: &referred };
        let envelope = Envelope { from: &from_field(from), to: wish.address, message_id: &message_id, date: now };
        let posting = match mail(&referral, &envelope) {
            Err(ReferralError::Recipient(_)) => return Ok(Err(NoReferral::Address)),
            other => other.map_err(|error| DaemonError::Report(error.to_string()))?,
        };
        let package_sha256 = sha256_hex(&posting.package);
        let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
        let before = tx.referred_before(wish.address, &rows).await?;
        let outgoing = Outgoing {
            kind: REFERRAL,
            campaign: &file.campaign.id,
            mail: &posting.mail,
            in_reply_to: None,
            source_message: None,
            cases: &ids,
            // A letter to a government waits for a look at the whole of it.
            state: OutboxState::Held,
            not_before_ms: now.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(outbox) = tx.enqueue(&outgoing).await? else { return Ok(Err(NoReferral::Already)) };
        let new = NewReferral {
            campaign: &file.campaign.id,
            target: wish.target.as_str(),
            recipient: wish.recipient,
            address: wish.address,
            outbox,
            package_sha256: &package_sha256,
            cases: &rows,
        };
        tx.add_referral(&new, by).await?;
        // What could not leave by then isn't queued at all.
        if let Some(number) = tx.tells_no_more(outbox).await?.into_iter().next() {
            return Ok(Err(NoReferral::Classified(number)));
        }
        let name = |one: &Referred| (one.case.number.clone(), one.case.title.clone(), one.case.units.join("、"));
        let done = Done {
            posted: posted(outbox, REFERRAL, &posting.mail, OutboxState::Held, now),
            cases: referred.iter().map(name).collect(),
            before,
            package_sha256,
            package_bytes: posting.package.len(),
            taken_out: referred.iter().map(|one| one.case.taken_out).sum(),
        };
        match shown {
            None => tx.rollback().await?,
            Some(shown) if (&shown.package_sha256, &shown.cases) != (&done.package_sha256, &done.cases) => {
                tx.rollback().await?;
                return Ok(Err(NoReferral::Changed));
            }
            Some(_) => tx.commit().await?,
        }
        Ok(Ok(done))
    }

    /// A case that may be sent on, and its campaign.
    async fn referable(&self, number: &str, tx: &mut Transaction) -> Result<Result<(Publishable, String), NoReferral>, DaemonError> {
        let (Some(found), Some(case)) = (tx.publishable(number).await?, tx.act_case(number).await?) else {
            return Ok(Err(NoReferral::Unknown(number.to_owned())));
        };
        let outcome = tx.outcome(case.id).await?;
        Ok(match Standing::of(&found) {
            _ if !outcome.is_some_and(Outcome::is_public) => Err(NoReferral::NotSelected(number.to_owned(), outcome)),
            Standing::Classified => Err(NoReferral::Classified(number.to_owned())),
            Standing::Status => Err(NoReferral::Status(number.to_owned())),
            // Who governs is told of what was selected; the public only of what was consented to.
            Standing::Ready | Standing::Missing | Standing::Withdrawn | Standing::Changed => Ok((found, case.campaign)),
        })
    }

    /// A case as it is sent on.
    async fn referred(
        &self,
        found: &Publishable,
        batch: Option<&str>,
        campaign: &Campaign,
        wish: &Referring<'_>,
    ) -> Result<Referred, DaemonError> {
        let reading = &found.reading;
        let case = Case::new(Source { number: &found.number, reading, batch, figures: &[] }, campaign, wish.regions);
        let known = known(reading);
        let clean = |text: &str| personal::without(&visible(text.trim()), &known).0;
        let listed = |file: &crate::store::EvidenceRow| Listed {
            name: clean(&file.name),
            what: what(&file.role).to_owned(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        };
        let original = match wish.with_contacts {
            Some(blobs) if !found.form_sha256.is_empty() => Some((reading.form.file.clone(), blobs.get(&found.form_sha256).await?)),
            _ => None,
        };
        let materials = reading.materials.as_deref().unwrap_or_default().lines().map(clean).collect::<Vec<_>>().join("\n");
        let dated = reading.opinion.date.as_deref().map(|date| date.parse().map_or_else(|_| clean(date), words::day));
        let opinion = [reading.opinion.text.as_deref().map(clean), dated];
        Ok(Referred {
            case,
            revision: found.revision,
            form_sha256: found.form_sha256.clone(),
            materials,
            opinion: opinion.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("　"),
            evidence: found.files.iter().map(listed).collect(),
            contact: wish.with_contacts.map(|_| contacts(reading)),
            original,
        })
    }
}

/// Whom a form names.
fn known(reading: &CaseReading) -> Known {
    let all: Vec<&Contact> = std::iter::once(&reading.contact).chain(&reading.more_contacts).collect();
    let names = all.iter().filter_map(|contact| contact.name.as_deref());
    Known::new(names, all.iter().flat_map(|contact| contact.phones.iter().map(String::as_str)))
}

fn contacts(reading: &CaseReading) -> String {
    let one = |contact: &Contact| contact.name.iter().chain(&contact.phones).cloned().collect::<Vec<_>>().join(" ");
    std::iter::once(&reading.contact).chain(&reading.more_contacts).map(one).collect::<Vec<_>>().join("；")
}

fn what(role: &str) -> &'static str {
    match role {
        role if role == Role::Scan.as_str() => "申报表扫描件",
        role if role == Role::FormCopy.as_str() => "申报表副本",
        role if role == Role::CaseText.as_str() => "案例正文",
        role if role == Role::Letter.as_str() => "函件",
        role if role == Role::SummaryTable.as_str() => "汇总表",
        _ => "证明材料",
    }
}
