//! `review assign`: who judges what, from a seed; and a reviewer who withdraws from a case.

use super::{case, reviewer, round, unless_closed};
use crate::app::App;
use crate::cli::act::Consent;
use crate::cli::output::{self, visible};
use crate::cli::{Failure, actor};
use crate::intake::identity::sha256_hex;
use crate::review::assignment::{self, Pairs, Task};
use crate::store::{Recusal, Round};
use clap::Args;

/// A shorter seed is guessed at once.
const LEAST: usize = 6;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Assign {
    /// 批次，默认为正在进行的那一个
    #[arg(value_name = "批次", help_heading = "参数")]
    batch: Option<String>,
    /// 种子，如公开抽取的数字，至少6个字
    #[arg(long, value_name = "种子", required_unless_present = "recuse", conflicts_with = "recuse")]
    seed: Option<String>,
    /// 每件案例由几位专家评审，默认照征集活动文件
    #[arg(long, value_name = "人数", value_parser = clap::value_parser!(u32).range(1..=99), conflicts_with = "recuse")]
    per_case: Option<u32>,
    /// 这位专家不评这件案例
    #[arg(long, num_args = 2, value_names = ["专家", "案例"])]
    recuse: Option<Vec<String>>,
    #[command(flatten)]
    consent: Consent,
}

impl Assign {
    /// Assigns, or takes a recusal down.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (_, round) = round(app, self.batch.as_deref()).await?;
        unless_closed(&round)?;
        match (self.recuse.as_deref(), &self.seed) {
            (Some([who, what]), _) => self.recuse(app, &round, who, what).await,
            (_, Some(seed)) => self.assign(app, &round, seed.trim()).await,
            _ => Err(Failure::usage("请写 --seed 种子，或 --recuse 专家 案例")),
        }
    }

    async fn assign(&self, app: &App, round: &Round, seed: &str) -> Result<(), Failure> {
        if seed.chars().count() < LEAST {
            return Err(Failure::usage(format!("种子至少{LEAST}个字：太短的可以猜出来")));
        }
        if !round.scored.is_empty() {
            return Err(Failure::failed("已有评分导入，不能重新分配；专家回避请用 --recuse"));
        }
        let per_case = self.per_case.unwrap_or(round.rules.per_case);
        let names = Names::of(round);
        let pairs = names.assign(round, seed, per_case)?;
        let codes = assignment::codes(seed, &names.cases);
        for (at, member) in round.members.iter().enumerate() {
            let count = pairs.iter().filter(|(_, reviewer)| *reviewer == at).count();
            output::print(&format!("{}  {}  {count}件\n", member.code, visible(&member.name)))?;
        }
        output::print(&format!("种子的SHA-256  {}\n", sha256_hex(seed.as_bytes())))?;
        let again = if round.assigned_at.is_some() { "；原来的分配和已导出的材料作废" } else { "" };
        eprintln!("{}件案例各由{per_case}位专家评审{again}", names.cases.len());
        if !self.consent.is_given()? {
            return Ok(());
        }
        let codes: Vec<(i64, String)> = names.ids.iter().copied().zip(codes).collect();
        let tasks: Vec<(i64, String)> =
            pairs.iter().filter_map(|(case, reviewer)| Some((*names.ids.get(*case)?, names.reviewers.get(*reviewer)?.clone()))).collect();
        let by = actor::by(app, Some(&self.consent.reason));
        let mut tx = app.store.begin().await?;
        if tx.review(&round.campaign, &round.batch).await?.as_ref() != Some(round) {
            return Err(Failure::later("评审在确认期间又有变化，没有分配；请重新运行"));
        }
        tx.assign_review((&round.campaign, &round.batch), (seed, per_case), &codes, &tasks, &by).await?;
        tx.commit().await?;
        eprintln!("已分配。接着请用 zhihui review export --to 文件夹 导出材料和评分表");
        Ok(())
    }

    async fn recuse(&self, app: &App, round: &Round, who: &str, what: &str) -> Result<(), Failure> {
        let (code, one) = (reviewer(round, who)?, case(round, what)?);
        let is_recused = |bar: &&crate::store::BarRow| bar.case == one.id && bar.reviewer == code;
        if let Some(bar) = round.bars.iter().find(is_recused) {
            eprintln!("{code} 本来就不评 {}（{}），没有需要改的", one.number, bar.bar.label());
            return Ok(());
        }
        let has = round.tasks.iter().any(|(case, reviewer)| *case == one.id && reviewer == code);
        let instead = if has && !one.is_out() { Some(instead(round, one.id, code)?) } else { None };
        let scored = round.scored.iter().any(|(case, reviewer)| *case == one.id && reviewer == code);
        output::print(&match &instead {
            Some(instead) => format!(
                "{code} 不再评 {}，由 {instead} 补上；其他分配不变{}\n",
                one.number,
                if scored { "；已导入的这一件评分作废" } else { "" }
            ),
            None => format!("{code} 不评 {}；其他分配不变\n", one.number),
        })?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        let mut tx = app.store.begin().await?;
        if tx.review(&round.campaign, &round.batch).await?.as_ref() != Some(round) {
            return Err(Failure::later("评审在确认期间又有变化，没有登记；请重新运行"));
        }
        let recusal = Recusal {
            case: one.id,
            reviewer: code.to_owned(),
            instead: instead.clone(),
            without: round.cases.iter().filter(|case| case.code.is_some() && case.is_out()).map(|case| case.number.clone()).collect(),
            reason: by.reason.clone(),
            actor: by.actor.as_str().to_owned(),
            at: String::new(),
        };
        tx.recuse((&round.campaign, &round.batch), &recusal, round.assigned_at.is_some(), &by).await?;
        tx.commit().await?;
        eprintln!("已登记回避");
        if let Some(instead) = instead {
            eprintln!("请把补派的案例发给 {instead}：zhihui review export --to 文件夹 --reviewer {instead}");
        }
        Ok(())
    }
}

/// Who judges it now; all the rest is kept.
fn instead(round: &Round, case: i64, code: &str) -> Result<String, Failure> {
    let names = Names::of(round);
    let gone = names.pair(case, code);
    let pairs = round.tasks.iter().filter_map(|(case, reviewer)| names.pair(*case, reviewer));
    let kept: Pairs = pairs.filter(|pair| Some(*pair) != gone).collect();
    let barred = round.bars.iter().filter_map(|bar| names.pair(bar.case, &bar.reviewer));
    let barred: Pairs = barred.chain(gone).collect();
    let task = Task {
        seed: round.seed.as_deref().unwrap_or_default(),
        cases: &names.cases,
        reviewers: &names.reviewers,
        barred: &barred,
        kept: &kept,
        per_case: 0,
    };
    let found = gone.and_then(|(case, _)| assignment::instead(&task, case)).and_then(|at| names.reviewers.get(at)).cloned();
    found.ok_or_else(|| Failure::failed("没有可以补上的专家：其他专家都在评这件案例或须回避；没有改动"))
}

/// The names by which the assignment is worked out, of the cases that are still judged.
struct Names {
    ids: Vec<i64>,
    cases: Vec<String>,
    reviewers: Vec<String>,
}

impl Names {
    fn of(round: &Round) -> Names {
        let judged = || round.cases.iter().filter(|case| !case.is_out());
        Names {
            ids: judged().map(|case| case.id).collect(),
            cases: judged().map(|case| case.number.clone()).collect(),
            reviewers: round.members.iter().map(|member| member.code.clone()).collect(),
        }
    }

    fn pair(&self, case: i64, reviewer: &str) -> Option<(usize, usize)> {
        let case = self.ids.iter().position(|id| *id == case)?;
        Some((case, self.reviewers.iter().position(|code| code == reviewer)?))
    }

    fn assign(&self, round: &Round, seed: &str, per_case: u32) -> Result<Pairs, Failure> {
        let barred: Pairs = round.bars.iter().filter_map(|bar| self.pair(bar.case, &bar.reviewer)).collect();
        let task = Task {
            seed,
            cases: &self.cases,
            reviewers: &self.reviewers,
            barred: &barred,
            kept: &Pairs::new(),
            per_case: usize::try_from(per_case).unwrap_or(usize::MAX),
        };
        assignment::assign(&task).map_err(|short| {
            let lines: Vec<String> =
                short.iter().filter_map(|(case, count)| Some(format!("{}：可以评审的专家只有{count}位", self.cases.get(*case)?))).collect();
            Failure::failed(format!("{}\n每件要由{per_case}位专家评审，没有改动；请补充专家重新启动，或减少 --per-case", lines.join("\n")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::review::Reviewer;
    use crate::store::RoundCase;

    fn case(id: i64, status: &str) -> RoundCase {
        RoundCase {
            id,
            number: format!("A-{id}"),
            title: None,
            unit: None,
            region: None,
            revision: 1,
            code: None,
            status: status.into(),
            outcome: None,
            is_classified: false,
        }
    }

    #[test]
    fn what_was_taken_back_since_is_assigned_to_nobody() {
        let member = Reviewer { code: "P01".into(), name: "张某".into(), unit: "某大学".into(), region: None, login: None };
        let round = Round {
            campaign: "2023".into(),
            batch: "2023-H1".into(),
            members: vec![member],
            cases: vec![case(7, "withdrawn"), case(8, "accepted")],
            ..Round::default()
        };
        let names = Names::of(&round);
        assert_eq!((names.ids.as_slice(), names.cases.as_slice()), (&[8][..], &["A-8".to_owned()][..]));
        assert_eq!((names.pair(7, "P01"), names.pair(8, "P01")), (None, Some((0, 0))));
        assert_eq!(names.assign(&round, "一个种子", 1).ok(), Some(Pairs::from([(0, 0)])));
    }
}
