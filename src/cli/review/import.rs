//! `review import`: scoring sheets that came back. A sheet in which anything is wrong is left as a whole; the others are
//! taken over. No score is shown.

use super::{export, read, unless_closed};
use crate::app::App;
use crate::cli::output::visible;
use crate::cli::{Failure, act, actor, window};
use crate::intake::compose::plain;
use crate::intake::identity::sha256_hex;
use crate::model::audit::By;
use crate::report::ledger::Fault;
use crate::review::assignment;
use crate::review::scores::{self, Filled};
use crate::store::{Round, RoundCase, ScoreRow};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Import {
    /// 填好的评分表，可写几个
    #[arg(value_name = "文件", help_heading = "参数", required = true)]
    files: Vec<PathBuf>,
    /// 更改已导入的评分时须写明原因
    #[arg(long, value_name = "原因", value_parser = act::reason)]
    reason: Option<String>,
}

/// What became of a sheet.
struct Taken {
    reviewer: String,
    new: usize,
    changed: usize,
    same: usize,
    blank: Vec<String>,
    /// Code, what was said, and whether a score of it counts.
    recusals: Vec<(String, String, bool)>,
}

impl Import {
    /// Takes the sheets over, one after the other.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut wrong = 0;
        for path in &self.files {
            match self.one(app, path).await? {
                Ok(taken) => tell(path, &taken),
                Err(lines) => {
                    wrong += 1;
                    lines.iter().for_each(|line| eprintln!("{}", visible(&format!("{}：{line}", path.display()))));
                }
            }
        }
        if wrong == 0 {
            return Ok(());
        }
        Err(Failure::failed(format!("{wrong}份评分表有误，没有导入其中任何评分；请改好后再导入，其他的表已导入")))
    }

    async fn one(&self, app: &App, path: &Path) -> Result<Result<Taken, Vec<String>>, Failure> {
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(Err(vec![failure.message])),
        };
        // Whose rules it was filled in by is known from the sheet itself.
        let Some((round, filled, faults)) = self.round_of(app, &bytes).await? else {
            return Ok(Err(vec!["不是本系统导出的评分表，或不属于已启动的评审".into()]));
        };
        let (filled, faults) = match (filled, faults) {
            (Ok(filled), faults) => (filled, faults),
            (Err(why), _) => return Ok(Err(vec![why])),
        };
        if let Err(closed) = unless_closed(&round) {
            return Ok(Err(vec![closed.message]));
        }
        let mut lines: Vec<String> = faults.iter().map(|fault| format!("{}：{}", fault.cell, fault.sentence)).collect();
        lines.extend(strangers(&round, &filled));
        if lines.is_empty() {
            lines.extend(swapped(&titles(app, &round).await?, &filled));
        }
        if !lines.is_empty() {
            return Ok(Err(lines));
        }
        let by = actor::by(app, self.reason.as_deref());
        let mut tx = app.store.begin().await?;
        let key = (round.campaign.as_str(), round.batch.as_str());
        // As it stands now, not as it stood when the file was read.
        match tx.review(key.0, key.1).await? {
            Some(now) if now.closed_at.is_none() && now.tasks == round.tasks && now.seed == round.seed => {}
            _ => return Err(Failure::later("评审在导入期间又有变化，请重新导入")),
        }
        let known = tx.scores(key).await?;
        let mut taken =
            Taken { reviewer: filled.reviewer.clone(), new: 0, changed: 0, same: 0, blank: filled.blank.clone(), recusals: Vec::new() };
        for (code, score) in &filled.scores {
            let Some(case) = of_code(&round, code) else { continue };
            let before = known.iter().find(|row| row.case == case.id && row.reviewer == filled.reviewer);
            if tx.score(key, (case.id, &filled.reviewer), score, &by).await? {
                count(&mut taken, before);
            } else {
                taken.same += 1;
            }
        }
        taken.recusals = filled
            .recusals
            .iter()
            .map(|(code, why)| {
                let case = of_code(&round, code).map(|case| case.id);
                let counts = known.iter().any(|row| Some(row.case) == case && row.reviewer == filled.reviewer);
                (code.clone(), why.clone(), counts)
            })
            .collect();
        if taken.changed > 0 && self.reason.is_none() {
            tx.rollback().await?;
            let why = format!("其中{}件的评分与已导入的不同；确需更改请加 --reason 原因", taken.changed);
            return Ok(Err(vec![why]));
        }
        if taken.new + taken.changed > 0 {
            note(&mut tx, &round, &taken, &bytes, &by);
            tx.commit().await?;
        }
        Ok(Ok(taken))
    }

    /// The round of a batch, which a sheet names without its campaign: of two that are under way at once none is guessed.
    async fn only_round(&self, app: &App, batch: &str) -> Result<Option<Round>, Failure> {
        let mut rounds = Vec::new();
        for file in window::campaigns(app) {
            rounds.extend(app.store.review(&file.campaign.id, batch).await?);
        }
        if rounds.len() > 1 {
            return Err(Failure::usage(format!("几个征集活动都在评审“{batch}”，评分表分不清属于哪一个；请给各活动的批次不同的 id")));
        }
        Ok(rounds.pop())
    }

    /// The round that a sheet belongs to, with what is in it.
    async fn round_of(&self, app: &App, bytes: &[u8]) -> Result<Option<(Round, Result<Filled, String>, Vec<Fault>)>, Failure> {
        let Some(name) = scores::batch_of(bytes) else { return Ok(None) };
        let Some(round) = self.only_round(app, &name).await? else { return Ok(None) };
        Ok(Some(match scores::read(bytes, &round.rules) {
            Ok((filled, faults)) => (round, Ok(filled), faults),
            Err(why) => (round, Err(why), Vec::new()),
        }))
    }
}

fn note(tx: &mut crate::store::Transaction, round: &Round, taken: &Taken, bytes: &[u8], by: &By) {
    tx.note_sheet(&round.batch, &taken.reviewer, &sha256_hex(bytes), (taken.new, taken.changed), by);
}

fn count(taken: &mut Taken, before: Option<&ScoreRow>) {
    match before {
        None => taken.new += 1,
        Some(_) => taken.changed += 1,
    }
}

fn of_code<'a>(round: &'a Round, code: &str) -> Option<&'a RoundCase> {
    round.cases.iter().find(|case| case.code.as_deref() == Some(code))
}

/// What isn't this reviewer's to judge.
fn strangers(round: &Round, filled: &Filled) -> Vec<String> {
    if !round.members.iter().any(|member| member.code == filled.reviewer) {
        return vec![format!("本次评审没有专家“{}”", filled.reviewer)];
    }
    // Under another seed the same code is another case.
    if filled.edition != assignment::edition(round.seed.as_deref().unwrap_or_default()) {
        return vec!["这份评分表属于另一次分配，案例的代号不同；请用最近导出的评分表填写".into()];
    }
    let codes = filled.scores.keys().chain(&filled.blank).chain(filled.recusals.keys());
    let is_own = |code: &&String| {
        let case = of_code(round, code);
        case.is_some_and(|case| round.tasks.iter().any(|(id, reviewer)| *id == case.id && *reviewer == filled.reviewer))
    };
    // What somebody withdrew from stands in the sheet that went out before.
    let was_own = |code: &&String| {
        let case = of_code(round, code);
        case.is_some_and(|case| round.bars.iter().any(|bar| bar.case == case.id && bar.reviewer == filled.reviewer))
    };
    let scored = |code: &&String| filled.scores.contains_key(*code);
    codes
        .filter(|code| !is_own(code) && (scored(code) || !was_own(code)))
        .map(|code| format!("“{code}”没有分给{}评审", filled.reviewer))
        .collect()
}

/// The titles that stand in the sheets, by code.
async fn titles(app: &App, round: &Round) -> Result<BTreeMap<String, String>, Failure> {
    let Some(file) = window::campaigns(app).into_iter().find(|file| file.campaign.id == round.campaign) else { return Ok(BTreeMap::new()) };
    let cases = export::blind(app, &file, round, &round.masks).await?;
    Ok(cases.into_values().map(|(code, case)| (code, plain(&case.title, 200))).collect())
}

/// Codes beside which another case's title stands: somebody changed them, or sorted them without the rest of their rows. A title
/// that stands nowhere says nothing: more may be left out of it by now.
fn swapped(titles: &BTreeMap<String, String>, filled: &Filled) -> Vec<String> {
    let is_others = |code: &String, title: &String| {
        let own = titles.get(code);
        own.is_some() && own != Some(title) && titles.values().any(|other| other == title)
    };
    let wrong = filled.titles.iter().filter(|(code, (title, _))| is_others(code, title));
    wrong.map(|(code, (_, cell))| format!("{cell}：编号和题目不是同一件案例（{code}），请用导出的评分表核对")).collect()
}

fn tell(path: &Path, taken: &Taken) {
    let mut parts = vec![format!("新导入{}件", taken.new)];
    if taken.changed > 0 {
        parts.push(format!("更改{}件", taken.changed));
    }
    if taken.same > 0 {
        parts.push(format!("与已导入的相同{}件", taken.same));
    }
    if !taken.blank.is_empty() {
        parts.push(format!("未评{}件（{}）", taken.blank.len(), taken.blank.join("、")));
    }
    eprintln!("{}", visible(&format!("{}：{} {}", path.display(), taken.reviewer, parts.join("，"))));
    for (code, why, counts) in &taken.recusals {
        eprintln!("{}", visible(&recusal(&taken.reviewer, code, why, *counts)));
        eprintln!("{}", visible(&format!("  同意的请运行：zhihui review assign --recuse {} {code} --reason 原因", taken.reviewer)));
    }
}

/// What somebody asks to be left out of, and that a score that came before counts on until then.
fn recusal(reviewer: &str, code: &str, why: &str, counts: bool) -> String {
    let counts = if counts { "（该件已有评分，登记回避前仍计入）" } else { "" };
    format!("{reviewer} 申请回避{code}：{why}{counts}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recusal_after_scoring_says_that_the_score_counts() {
        assert_eq!(recusal("P01", "案例03", "曾任顾问", false), "P01 申请回避案例03：曾任顾问");
        assert!(recusal("P01", "案例03", "曾任顾问", true).contains("该件已有评分，登记回避前仍计入"));
    }
}
