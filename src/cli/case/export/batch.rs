//! A frozen batch to be exported: the cases of its manifest, each with the revision and the files that counted.

use super::{Case, Wanted, role, unobserved, without_classified};
use crate::app::App;
use crate::cli::Failure;
use crate::cli::case::show::detail;
use crate::cli::window::named_batch;
use crate::intake::window::Window;
use crate::model::report::DeskEntry;
use crate::model::time;
use crate::report::dossier::{self, Entry};
use crate::store::{CaseDetail, Frozen};
use serde::Deserialize;
use std::collections::BTreeSet;

/// It, and what its manifest says.
pub(super) struct Batch {
    id: String,
    frozen: Frozen,
    cases: Vec<Listed>,
}

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<Listed>,
}

/// A case of the manifest.
#[derive(Deserialize)]
struct Listed {
    number: String,
    title: Option<String>,
    unit: Option<String>,
    status: String,
    revision: u32,
    form_sha256: String,
    evidence: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    sha256: String,
    name: String,
    role: String,
}

impl Batch {
    /// A batch by any of its names; one that isn't frozen has no manifest yet.
    pub async fn find(app: &App, typed: &str) -> Result<Batch, Failure> {
        let (file, Window { id, .. }) = named_batch(app, typed).await?;
        let Some(frozen) = app.store.frozen(&file.campaign.id, &id).await? else {
            return Err(Failure::failed(format!("批次 {id} 还没有冻结，请先用 zhihui window freeze {id} 冻结")));
        };
        let manifest: Manifest = serde_json::from_str(&frozen.manifest).map_err(Failure::failed)?;
        Ok(Batch { id, frozen, cases: manifest.cases })
    }

    /// Its cases as they counted.
    pub async fn cases(&self, app: &App) -> Result<Vec<Case>, Failure> {
        let mut cases = Vec::with_capacity(self.cases.len());
        for listed in &self.cases {
            let detail = without_classified(detail(app, &listed.number).await?)?;
            cases.push(Case { files: listed.files(&detail), detail: unobserved(listed.as_frozen(detail, &self.frozen.at)) });
        }
        Ok(cases)
    }

    /// The manifest, byte for byte.
    pub fn entry(&self) -> Entry {
        Entry { path: format!("冻结清单_{}.json", self.id), bytes: self.frozen.manifest.clone().into_bytes() }
    }
}

impl Listed {
    fn files(&self, detail: &CaseDetail) -> Vec<Wanted> {
        let form = detail.revisions.iter().find(|revision| revision.revision == self.revision);
        let form = form.filter(|_| !self.form_sha256.is_empty()).map(|revision| {
            let name = format!("第{}版_{}", self.revision, dossier::safe(&revision.reading.form.file));
            ("申报表", name, self.form_sha256.clone())
        });
        // What was classified since is in the manifest, and not in what may be exported.
        let kept: BTreeSet<&str> = detail.evidence.iter().map(|file| file.sha256.as_str()).collect();
        let evidence = self.evidence.iter().filter(|file| file.sha256 != self.form_sha256 && kept.contains(file.sha256.as_str()));
        form.into_iter().chain(evidence.map(|file| (role(&file.role), file.name.clone(), file.sha256.clone()))).collect()
    }

    /// The record as far as it went then.
    fn as_frozen(&self, mut detail: CaseDetail, at: &str) -> CaseDetail {
        let until = |instant: &str| instant <= at;
        detail.case.title.clone_from(&self.title);
        detail.case.unit.clone_from(&self.unit);
        detail.case.status.clone_from(&self.status);
        detail.case.revision = self.revision;
        detail.revisions.retain(|revision| revision.revision <= self.revision);
        if let Some(counted) = detail.revisions.last() {
            detail.case.defects.clone_from(&counted.defects);
        }
        detail.evidence.retain(|file| file.revision.is_none_or(|revision| revision <= self.revision));
        detail.evidence.retain(|file| self.evidence.iter().any(|counted| counted.sha256 == file.sha256));
        let mails: BTreeSet<i64> =
            detail.revisions.iter().map(|revision| revision.message).chain(detail.evidence.iter().map(|file| file.message)).collect();
        detail.messages.retain(|message| mails.contains(&message.id));
        detail.origins.retain(|origin| mails.contains(&origin.message));
        detail.outbox.retain(|mail| until(&mail.created_at));
        detail.rulings.retain(|ruling| until(&ruling.at));
        detail.history.retain(|row| until(&row.at));
        detail.asked.retain(|request| until(&time::rfc3339(request.sent)));
        // When it was filled in isn't told.
        detail.desk = DeskEntry::default();
        detail
    }
}
