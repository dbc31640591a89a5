//! Units are told what became of their cases: one letter for all that a unit wrote from one mailbox and that was decided alike
//! at once. Where one of them is decided otherwise before it went, the letter goes no more, and the others need one anew.

use super::Desk;
use super::letter::Errand;
use super::select::Chosen;
use crate::daemon::DaemonError;
use crate::model::audit::By;
use crate::model::decision::matching_key;
use crate::model::outcome::Outcome;
use crate::model::reading::CaseReading;
use crate::store::{ActCase, Transaction};

/// A case whose unit is to be told.
pub(super) struct Told {
    /// Its place among those that are decided.
    pub at: usize,
    /// The case.
    pub case: ActCase,
    /// What it says.
    pub reading: CaseReading,
    /// What its unit is told.
    pub errand: Errand<'static>,
}

/// What a unit is told of an outcome, if anything.
pub(super) fn errand(outcome: Outcome) -> Option<Errand<'static>> {
    match outcome {
        Outcome::Selected | Outcome::Referred => Some(Errand::Selected),
        Outcome::NotSelected => Some(Errand::NotSelected),
        Outcome::Proposed | Outcome::InNotice | Outcome::Objected => None,
    }
}

impl Desk {
    /// Writes the letters, and says beside each case in which one it stands, or why in none.
    pub(super) async fn tell(&self, told: Vec<Told>, done: &mut [Chosen], by: &By, tx: &mut Transaction) -> Result<(), DaemonError> {
        let mut groups: Vec<(Key, Vec<Told>)> = Vec::new();
        for one in told {
            let key = key(&one, tx).await?;
            match groups.iter_mut().find(|(known, _)| *known == key && key.address.is_some()) {
                Some((_, group)) => group.push(one),
                None => groups.push((key, vec![one])),
            }
        }
        for (_, group) in &groups {
            let Some((first, rest)) = group.split_first() else { continue };
            let further: Vec<(&ActCase, &CaseReading)> = rest.iter().map(|one| (&one.case, &one.reading)).collect();
            let post = self.post_about((&first.case, &first.reading), &further, first.errand, by, tx).await?;
            for one in rest {
                let remark = match &post {
                    Ok(_) => format!("告知单位的信与 {} 写在同一封中", first.case.name()),
                    Err(why) => (*why).to_owned(),
                };
                done.get_mut(one.at).into_iter().for_each(|chosen| chosen.remarks.push(remark.clone()));
            }
            let Some(chosen) = done.get_mut(first.at) else { continue };
            match post {
                Ok(posted) => chosen.letters.push(posted),
                Err(why) => chosen.remarks.push(why.to_owned()),
            }
        }
        Ok(())
    }
}

/// What is told together.
#[derive(PartialEq, Eq)]
struct Key {
    campaign: String,
    unit: Option<String>,
    address: Option<String>,
    is_selected: bool,
}

async fn key(one: &Told, tx: &mut Transaction) -> Result<Key, DaemonError> {
    let found = tx.correspondence(one.case.id).await?;
    Ok(Key {
        campaign: one.case.campaign.clone(),
        unit: one.reading.unit.as_deref().map(matching_key),
        address: found.map(|found| found.to.to_lowercase()),
        is_selected: matches!(one.errand, Errand::Selected),
    })
}

/// Takes back what waits to be told of a case, and says which letters that were, and of whom nobody tells any more.
pub(super) async fn taken_back(case: &ActCase, by: &By, tx: &mut Transaction) -> Result<Vec<String>, DaemonError> {
    let ids = tx.withdraw_outcome_letters(case.id, by).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<String> = ids.iter().map(|id| format!("第{id}号")).collect();
    let mut remarks = vec![format!("发件箱中待发的评审结果信、推送函一并取消：{}", numbers.join("、"))];
    let beside = tx.told_beside(&ids, case.id).await?;
    if !beside.is_empty() {
        let all = beside.join("、");
        remarks.push(format!("其中还写到 {all}：告知结果的信用 zhihui review letter 重写，推送函用 zhihui refer 重新推送"));
    }
    Ok(remarks)
}
