//! That a unit consents to publication, or takes that back: noted for all of the cases that are named, or for none.

use super::{DaemonError, Desk, Refusal};
use crate::model::audit::By;
use crate::model::reading::CaseStatus;
use crate::report::publish::words_sha256;
use crate::store::{ActCase, ConsentPicture, Transaction};

/// What a unit consents to, as a person saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consenting {
    /// The case.
    pub number: String,
    /// The hash of its words.
    pub words_sha256: String,
    /// The pictures.
    pub pictures: Vec<ConsentPicture>,
}

impl Desk {
    /// Notes consents, if the words are still those that were seen.
    pub async fn consent(&self, wishes: &[Consenting], by: &By) -> Result<Result<(), Refusal>, DaemonError> {
        let mut tx = self.store.begin().await?;
        for wish in wishes {
            let case = match found(&wish.number, &mut tx).await? {
                Ok(case) => case,
                Err(why) => return Ok(Err(why)),
            };
            let words = tx.publishable(&wish.number).await?.map(|case| words_sha256(&case.reading));
            if words.as_deref() != Some(wish.words_sha256.as_str()) {
                return Ok(Err(Refusal::Changed));
            }
            tx.give_consent(&case, &wish.words_sha256, &wish.pictures, by).await?;
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Notes that consents are taken back.
    pub async fn withdraw_consent(&self, numbers: &[String], by: &By) -> Result<Result<(), Refusal>, DaemonError> {
        let mut tx = self.store.begin().await?;
        for number in numbers {
            let Some(case) = tx.act_case(number).await? else { return Ok(Err(Refusal::Unknown(number.clone()))) };
            if !tx.withdraw_consent(&case, by).await? {
                return Ok(Err(Refusal::Nothing(case.name())));
            }
        }
        tx.commit().await?;
        Ok(Ok(()))
    }
}

/// A case that can be consented about.
async fn found(number: &str, tx: &mut Transaction) -> Result<Result<ActCase, Refusal>, DaemonError> {
    let Some(case) = tx.act_case(number).await? else { return Ok(Err(Refusal::Unknown(number.to_owned()))) };
    Ok(match CaseStatus::parse(&case.status) {
        _ if case.number.is_none() => Err(Refusal::NotYet(case.name())),
        Some(CaseStatus::Merged | CaseStatus::Withdrawn | CaseStatus::Returned) => Err(Refusal::State(case.name(), case.status)),
        _ => Ok(case),
    })
}
