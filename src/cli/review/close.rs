//! `review close`: the ranking, and its minutes.

use super::{batch_name, changes, round};
use crate::app::App;
use crate::cli::act::Consent;
use crate::cli::output::{self, visible};
use crate::cli::{Failure, actor};
use crate::config::CampaignFile;
use crate::model::review::{Bar, Reviewer};
use crate::model::time;
use crate::report::words;
use crate::review::minutes::Minutes;
use crate::review::ranking::{Entry, Judged, Ranked, ranking};
use crate::store::{Round, ScoreRow};
use clap::Args;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Close {
    /// 批次，默认为正在进行的那一个
    #[arg(value_name = "批次", help_heading = "参数")]
    batch: Option<String>,
    /// 评分不齐也结束
    #[arg(long)]
    incomplete: bool,
    /// 纪要写到这个文件，.docx，须还不存在
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

impl Close {
    /// Closes a round; one that is closed has its minutes written again.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (file, round) = round(app, self.batch.as_deref()).await?;
        if round.closed_at.is_none() && !self.is_meant(&round)? {
            return Ok(());
        }
        // A round isn't closed for minutes that can't be written: the file comes first.
        let Some(path) = &self.to else { return self.finish(app, &file, round, None).await };
        let place = create(path)?;
        let done = self.finish(app, &file, round, Some((path, place))).await;
        if done.is_err() {
            let _ = std::fs::remove_file(path);
        }
        done
    }

    async fn finish(&self, app: &App, file: &CampaignFile, mut round: Round, to: Option<(&PathBuf, File)>) -> Result<(), Failure> {
        if round.closed_at.is_none() {
            self.close(app, &round).await?;
            round = super::round(app, Some(&round.batch)).await?.1;
            eprintln!("评审已结束，用 zhihui review show {} 看排名", round.batch);
        } else {
            eprintln!("{} 的评审早已结束", round.batch);
        }
        match to {
            Some((path, place)) => write(path, place, &minutes(file, &round)?),
            None => {
                eprintln!("写出纪要请运行：zhihui review close {} --to 评审纪要.docx --reason 原因", round.batch);
                Ok(())
            }
        }
    }

    /// Says what is missing and what will be ranked, and asks.
    fn is_meant(&self, round: &Round) -> Result<bool, Failure> {
        if round.assigned_at.is_none() {
            return Err(Failure::failed("还没有分配专家，不能结束评审"));
        }
        let missing: Vec<String> = round.members.iter().filter_map(|member| missing(round, member)).collect();
        missing.iter().try_for_each(|line| output::print(&format!("{}\n", visible(line))))?;
        if !missing.is_empty() && !self.incomplete {
            return Err(Failure::failed("评分不齐，没有结束；请导入其余的评分表，或加 --incomplete 按已有的评分排名"));
        }
        let done = round.scored.len();
        eprintln!("将按{done}份评分为{}件案例排名；结束后不能再导入评分", round.cases.len());
        self.consent.is_given()
    }

    async fn close(&self, app: &App, round: &Round) -> Result<(), Failure> {
        let by = actor::by(app, Some(&self.consent.reason));
        let mut tx = app.store.begin().await?;
        let key = (round.campaign.as_str(), round.batch.as_str());
        if tx.review(key.0, key.1).await?.as_ref() != Some(round) {
            return Err(Failure::later("评审在确认期间又有变化，没有结束；请重新运行"));
        }
        let scores = tx.scores(key).await?;
        let result = serde_json::to_value(ranking(&entries(round, &scores), &round.rules)).map_err(Failure::failed)?;
        tx.close_review(key, &result, &round.left_out, &by).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn missing(round: &Round, member: &Reviewer) -> Option<String> {
    let own = round.tasks.iter().filter(|(_, reviewer)| *reviewer == member.code);
    let codes: Vec<&str> = own
        .filter(|task| !round.scored.contains(task))
        .filter_map(|(case, _)| round.cases.iter().find(|one| one.id == *case && !one.is_out())?.code.as_deref())
        .collect();
    (!codes.is_empty()).then(|| format!("{}  {}  还有{}件没有评分：{}", member.code, member.name, codes.len(), codes.join("、")))
}

fn entries(round: &Round, scores: &[ScoreRow]) -> Vec<Entry> {
    let judged = |case: i64| {
        let own = scores.iter().filter(move |row| row.case == case);
        own.map(|row| Judged { reviewer: row.reviewer.clone(), score: row.score.clone() }).collect()
    };
    let entry = |case: &crate::store::RoundCase| Entry {
        number: case.number.clone(),
        code: case.code.clone().unwrap_or_default(),
        judged: judged(case.id),
    };
    // What was taken back since is ranked no more.
    round.cases.iter().filter(|case| !case.is_out()).map(entry).collect()
}

/// The ranking of a closed round.
pub(super) fn ranked(round: &Round) -> Result<Vec<Ranked>, Failure> {
    let result = round.result.clone().unwrap_or_else(|| serde_json::Value::Array(Vec::new()));
    serde_json::from_value(result).map_err(|error| Failure::failed(format!("排名无法读取：{error}")))
}

fn minutes(file: &CampaignFile, round: &Round) -> Result<Vec<u8>, Failure> {
    let ranked = ranked(round)?;
    let of = |number: &str| round.cases.iter().find(|case| case.number == number);
    let rows: Vec<(&Ranked, &str, &str)> = ranked
        .iter()
        .map(|row| {
            let case = of(&row.number);
            let title = case.and_then(|case| case.title.as_deref()).unwrap_or("（未填写）");
            (row, title, case.and_then(|case| case.unit.as_deref()).unwrap_or("（未填写）"))
        })
        .collect();
    let number = |id: i64| round.cases.iter().find(|case| case.id == id).map_or("", |case| case.number.as_str());
    let bars: Vec<(&str, &str, Bar, &str)> =
        round.bars.iter().map(|bar| (number(bar.case), bar.reviewer.as_str(), bar.bar, bar.reason.as_str())).collect();
    let count = |code: &str| round.scored.iter().filter(|(_, reviewer)| reviewer == code).count();
    let reviewers: Vec<(&Reviewer, usize)> = round.members.iter().map(|member| (member, count(&member.code))).collect();
    let (assigned, changes) = (changes::assigned(round), changes::changes(round));
    let assigned: Vec<(&str, &str, Vec<&str>)> = assigned
        .iter()
        .map(|row| (row.case_number.as_str(), row.code.as_str(), row.reviewers.iter().map(String::as_str).collect()))
        .collect();
    let (opened, closed) = (day(&round.opened_at), day(round.closed_at.as_deref().unwrap_or_default()));
    let batch = batch_name(file, &round.batch);
    let minutes = Minutes {
        campaign: &file.campaign,
        rules: &round.rules,
        batch: &batch,
        manifest_sha256: &round.manifest_sha256,
        dates: (&opened, &closed),
        seed: round.seed.as_deref().unwrap_or_default(),
        per_case: round.per_case.unwrap_or(round.rules.per_case),
        reviewers: &reviewers,
        bars: &bars,
        ranking: &rows,
        assigned: &assigned,
        changes: &changes,
    };
    minutes.docx().map_err(|error| Failure::failed(format!("纪要无法生成：{error}")))
}

/// `2023年7月3日`, from an instant of the record.
fn day(at: &str) -> String {
    at.parse().map(|at: jiff::Timestamp| words::day(time::local(at).date())).unwrap_or_default()
}

/// Never over what is there; for its owner only.
fn create(path: &Path) -> Result<File, Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o600).open(path).map_err(|error| fault(path, &error))
}

fn fault(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} 无法写入：{error}", path.display()))
}

fn write(path: &Path, mut file: File, bytes: &[u8]) -> Result<(), Failure> {
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| fault(path, &error))?;
    eprintln!("纪要已写到 {}", path.display());
    Ok(())
}
