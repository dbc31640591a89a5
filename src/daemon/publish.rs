//! Who gathers what may be published: the selected cases whose units consented to just these words and pictures, and the
//! pictures themselves, made ready by a worker. What may not go is told with its reason, and never given out.

use super::DaemonError;
use super::process::of_worker;
use crate::config::CampaignFile;
use crate::intake::picture::Picture;
use crate::intake::seal::Sight;
use crate::model::reading::{CaseReading, CaseStatus, EvidenceKind, Role};
use crate::model::region::Regions;
use crate::model::time;
use crate::report::publish::{self, Case, Figure, Publication, Source};
use crate::store::{Blobs, ConsentPicture, EvidenceRow, Publishable, SelectedCase, Store};
use crate::worker::{Pool, WorkerError};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Photographs of a case that go by themselves.
const MOST_PHOTOGRAPHS: usize = 12;

/// Gathers.
#[derive(Debug)]
pub struct Publisher {
    /// The records.
    pub store: Store,
    /// Evidence.
    pub blobs: Blobs,
    /// The workers that decode pictures.
    pub pool: Pool,
    /// The campaign.
    pub campaign: Arc<CampaignFile>,
    /// The province.
    pub regions: Regions,
}

/// Whether a selected case may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Ready,
    /// Nothing was noted of a consent.
    Missing,
    /// The consent was taken back.
    Withdrawn,
    /// Its words are others since.
    Changed,
    /// It looks classified.
    Classified,
    /// It was sent back, or stands otherwise than when it was selected.
    Status,
}

impl Standing {
    /// Of a case.
    pub fn of(case: &Publishable) -> Standing {
        let status = CaseStatus::parse(&case.status);
        match &case.consent {
            _ if case.is_classified => Standing::Classified,
            _ if matches!(
                status,
                None | Some(CaseStatus::Returned | CaseStatus::Withdrawn | CaseStatus::Merged | CaseStatus::PossibleRevision)
            ) =>
            {
                Standing::Status
            }
            None => Standing::Missing,
            Some(consent) if !consent.is_given => Standing::Withdrawn,
            Some(consent) if consent.words_sha256 != publish::words_sha256(&case.reading) => Standing::Changed,
            Some(_) => Standing::Ready,
        }
    }

    /// The key in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Ready => "given",
            Standing::Missing => "missing",
            Standing::Withdrawn => "withdrawn",
            Standing::Changed => "changed",
            Standing::Classified => "classified",
            Standing::Status => "status",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Ready => "已同意",
            Standing::Missing => "未登记同意",
            Standing::Withdrawn => "已撤回同意",
            Standing::Changed => "同意后内容有变动",
            Standing::Classified => "疑似涉密",
            Standing::Status => "案例状态有变",
        }
    }
}

/// What a picture of the evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A photograph, which goes by itself.
    Photograph,
    /// A page, a certificate, an award: it goes where somebody names it.
    Document,
    /// Something may be a stamp: as above.
    PerhapsSeal,
    /// A stamp: it never goes.
    Seal,
    /// It can't be read.
    Unreadable,
}

impl Verdict {
    /// Whether it may go where somebody names it.
    pub fn may_go(self) -> bool {
        match self {
            Verdict::Photograph | Verdict::Document | Verdict::PerhapsSeal => true,
            Verdict::Seal | Verdict::Unreadable => false,
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Photograph => "照片",
            Verdict::Document => "文件、证书等",
            Verdict::PerhapsSeal => "可能有印章",
            Verdict::Seal => "有印章，不能公开",
            Verdict::Unreadable => "无法识读",
        }
    }

    fn of(picture: Option<&Picture>, kind: Option<EvidenceKind>) -> Verdict {
        let Some(picture) = picture else { return Verdict::Unreadable };
        match (picture.sight, kind) {
            (Sight::Stamp, _) => Verdict::Seal,
            (Sight::Doubtful | Sight::Square, _) => Verdict::PerhapsSeal,
            (Sight::Unreadable, _) => Verdict::Unreadable,
            (Sight::GreyPage, _) => Verdict::Document,
            (Sight::Nothing, Some(EvidenceKind::Photo)) => Verdict::Photograph,
            (Sight::Nothing, None | Some(EvidenceKind::Media)) if !picture.is_page => Verdict::Photograph,
            (Sight::Nothing, _) => Verdict::Document,
        }
    }
}

/// A picture of the evidence, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Its file.
    pub file: ConsentPicture,
    /// What it is.
    pub verdict: Verdict,
    /// Whether it goes by itself.
    pub is_meant: bool,
}

/// A case that isn't published, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Why.
    pub standing: Standing,
}

/// What is published, and what isn't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// What is.
    pub publication: Publication,
    /// Cases that are not.
    pub left_out: Vec<LeftOut>,
    /// Pictures that are not, though somebody consented: number and name.
    pub lost: Vec<(String, String)>,
}

impl Publisher {
    /// The pictures of a case's evidence, each once.
    pub async fn look(&self, case: &Publishable) -> Result<Vec<Looked>, DaemonError> {
        let mut looked: Vec<Looked> = Vec::new();
        let mut known = BTreeSet::new();
        let pictures = case.files.iter().filter(|file| is_picture(file) && known.insert(file.sha256.as_str()));
        for file in pictures {
            let shown = self.show(&file.sha256).await?;
            let verdict = Verdict::of(shown.as_ref(), kind(&case.reading, &file.sha256));
            let meant = looked.iter().filter(|looked| looked.is_meant).count();
            let is_meant = verdict == Verdict::Photograph && meant < MOST_PHOTOGRAPHS;
            looked.push(Looked { file: ConsentPicture { sha256: file.sha256.clone(), name: file.name.clone() }, verdict, is_meant });
        }
        Ok(looked)
    }

    /// Everything that may be published, of one batch or of all.
    pub async fn gather(&self, batch: Option<&str>) -> Result<Gathered, DaemonError> {
        let campaign = &self.campaign.campaign;
        let selected = self.store.selected_publishable(&campaign.id, batch).await?;
        let mut gathered = Gathered::default();
        let (mut cases, mut latest) = (Vec::new(), None);
        for (selected, found) in &selected {
            let standing = Standing::of(found);
            if standing != Standing::Ready {
                let title = found.reading.title.clone().unwrap_or_else(|| "（未填题目）".into());
                gathered.left_out.push(LeftOut { number: found.number.clone(), title, standing });
                continue;
            }
            let figures = self.figures(found, &mut gathered.lost).await?;
            cases.push(self.case(selected, found, &figures));
            latest = latest.max(Some(selected.since_ms));
        }
        cases.sort_by_key(|case| (case.batch.rank, case.number.clone()));
        let as_of = latest.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| time::local(at).date());
        gathered.publication = Publication { cases, ..Publication::new(campaign, as_of) };
        Ok(gathered)
    }

    /// A case as it is published.
    pub fn case(&self, selected: &SelectedCase, found: &Publishable, figures: &[Figure]) -> Case {
        let source = Source { number: &found.number, reading: &found.reading, batch: Some(&selected.batch), figures };
        Case::new(source, &self.campaign.campaign, &self.regions)
    }

    /// The pictures that its unit consented to, and that are still among its files.
    async fn figures(&self, case: &Publishable, lost: &mut Vec<(String, String)>) -> Result<Vec<Figure>, DaemonError> {
        let mut figures = Vec::new();
        for file in case.consent.iter().flat_map(|consent| &consent.pictures) {
            let is_there = case.files.iter().any(|known| known.sha256 == file.sha256);
            match if is_there { self.show(&file.sha256).await? } else { None } {
                Some(picture) if picture.sight != Sight::Stamp => {
                    let Picture { width, height, jpeg, .. } = picture;
                    figures.push(Figure { caption: file.name.clone(), width, height, jpeg });
                }
                _ => lost.push((case.number.clone(), file.name.clone())),
            }
        }
        Ok(figures)
    }

    /// A picture that kills its worker, or that is no longer as it was kept, is none.
    async fn show(&self, sha256: &str) -> Result<Option<Picture>, DaemonError> {
        let bytes = match self.blobs.get(sha256).await {
            Ok(bytes) => bytes,
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        match self.pool.show(&bytes).await {
            Ok(picture) => Ok(picture),
            Err(error @ WorkerError::Start(_)) => Err(of_worker(error)),
            Err(_) => Ok(None),
        }
    }
}

fn is_picture(file: &EvidenceRow) -> bool {
    file.role == Role::Evidence.as_str() && file.media_type.starts_with("image/")
}

/// What the reading took a file for.
fn kind(reading: &CaseReading, sha256: &str) -> Option<EvidenceKind> {
    reading.evidence.iter().find(|file| file.sha256 == sha256).and_then(|file| file.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(sight: Sight, is_page: bool) -> Picture {
        Picture { width: 1, height: 1, sight, is_page, jpeg: Vec::new() }
    }

    #[test]
    fn photographs_go_by_themselves_documents_when_named_and_seals_never() {
        for (sight, is_page, kind, verdict) in [
            (Sight::Nothing, false, None, Verdict::Photograph),
            (Sight::Nothing, true, Some(EvidenceKind::Photo), Verdict::Photograph),
            (Sight::Nothing, true, None, Verdict::Document),
            (Sight::Nothing, false, Some(EvidenceKind::Award), Verdict::Document),
            (Sight::GreyPage, true, Some(EvidenceKind::Photo), Verdict::Document),
            (Sight::Doubtful, false, Some(EvidenceKind::Photo), Verdict::PerhapsSeal),
            (Sight::Stamp, false, Some(EvidenceKind::Photo), Verdict::Seal),
        ] {
            assert_eq!(Verdict::of(Some(&picture(sight, is_page)), kind), verdict, "{sight:?} {is_page} {kind:?}");
        }
        assert_eq!(Verdict::of(None, None), Verdict::Unreadable);
        assert!(!Verdict::Seal.may_go() && !Verdict::Unreadable.may_go());
    }
}
