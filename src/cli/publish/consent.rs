//! `publish consent`: what will be public is shown, word for word what it is about, and noted when it is confirmed.

use super::publisher_of;
use crate::app::App;
use crate::cli::act::Consent;
use crate::cli::output::visible;
use crate::cli::window::numbered;
use crate::cli::{Failure, actor, output};
use crate::daemon::desk::{Consenting, Refusal};
use crate::daemon::{Looked, Standing, Verdict};
use crate::model::outcome::Outcome;
use crate::report::publish::{Case, Source, words_sha256};
use crate::store::{ConsentPicture, Publishable};
use clap::Args;
use std::collections::BTreeSet;
use std::fmt::Write;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct ConsentCommand {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 另外公开的图片，写文件名，可写几次；只写一件案例时可用
    #[arg(long, value_name = "文件名", conflicts_with_all = ["no_pictures", "withdraw"])]
    picture: Vec<String>,
    /// 不公开照片
    #[arg(long, conflicts_with = "withdraw")]
    no_pictures: bool,
    /// 单位撤回同意
    #[arg(long)]
    withdraw: bool,
    #[command(flatten)]
    consent: Consent,
}

/// A case that is about to be consented about.
struct Shown {
    found: Publishable,
    outcome: Option<Outcome>,
    looked: Vec<Looked>,
    /// How it would read.
    case: Case,
}

impl Shown {
    fn pictures(&self) -> Vec<ConsentPicture> {
        self.looked.iter().filter(|looked| looked.is_meant).map(|looked| looked.file.clone()).collect()
    }
}

impl ConsentCommand {
    /// Shows it, and notes it where that is wanted.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let numbers: Vec<String> = self.numbers.iter().map(|number| numbered(app, number)).collect::<BTreeSet<_>>().into_iter().collect();
        if self.withdraw {
            return self.take_back(app, &numbers).await;
        }
        if numbers.len() > 1 && !self.picture.is_empty() {
            return Err(Failure::usage("--picture 只能和一件案例一起用"));
        }
        let mut all = Vec::new();
        for number in &numbers {
            all.push(self.shown(app, number).await?);
        }
        output::print(&all.iter().map(page).collect::<String>())?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let wish = |shown: &Shown| Consenting {
            number: shown.found.number.clone(),
            words_sha256: words_sha256(&shown.found.reading),
            pictures: shown.pictures(),
        };
        let wishes: Vec<Consenting> = all.iter().map(wish).collect();
        let by = actor::by(app, Some(&self.consent.reason));
        app.desk().await?.consent(&wishes, &by).await?.map_err(refused)?;
        eprintln!("已登记同意公开：{}件；公布请用 zhihui publish build --to 文件夹", wishes.len());
        Ok(())
    }

    async fn take_back(&self, app: &App, numbers: &[String]) -> Result<(), Failure> {
        let mut out = String::new();
        for number in numbers {
            let found = found(app, number).await?;
            let title = found.reading.title.as_deref().unwrap_or("（未填）");
            let _ = writeln!(out, "{}", visible(&format!("{number}  《{title}》  撤回同意，不再公布")));
        }
        output::print(&out)?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        app.desk().await?.withdraw_consent(numbers, &by).await?.map_err(refused)?;
        eprintln!("已登记撤回：{}件。请重新运行 zhihui publish build，并替换已上传的网页和稿件", numbers.len());
        Ok(())
    }

    async fn shown(&self, app: &App, number: &str) -> Result<Shown, Failure> {
        let found = found(app, number).await?;
        if found.is_classified {
            return Err(Failure::failed(format!("{} 疑似涉密，不能公开，请按保密规定处理", visible(number))));
        }
        if Standing::of(&found) == Standing::Status {
            let status = crate::cli::words::status(&found.status).to_owned();
            return Err(Failure::failed(format!("案例 {} 现为“{status}”，不能公开", visible(number))));
        }
        let publisher = publisher_of(app, number)?;
        let mut looked = if self.no_pictures { Vec::new() } else { publisher.look(&found).await? };
        for name in &self.picture {
            choose(name, &mut looked)?;
        }
        let source = Source { number, reading: &found.reading, batch: None, figures: &[] };
        let case = Case::new(source, &publisher.campaign.campaign, &publisher.regions);
        Ok(Shown { outcome: app.store.outcome(number).await?, found, looked, case })
    }
}

async fn found(app: &App, number: &str) -> Result<Publishable, Failure> {
    let found = app.store.publishable(number).await?;
    found.ok_or_else(|| Failure::failed(format!("没有案例 {}，或材料已清除；请用 zhihui case list 查看", visible(number))))
}

/// Marks a picture as meant, if it may go.
fn choose(name: &str, looked: &mut [Looked]) -> Result<(), Failure> {
    let is_it = |looked: &Looked| looked.file.name == name || looked.file.name.rsplit('/').next() == Some(name);
    let names = looked.iter().map(|looked| visible(&looked.file.name)).collect::<Vec<_>>().join("、");
    let mut found = looked.iter_mut().filter(|looked| is_it(looked));
    match (found.next(), found.next()) {
        (Some(one), None) if one.verdict.may_go() => {
            one.is_meant = true;
            Ok(())
        }
        (Some(one), None) => Err(Failure::failed(format!("{} 不能公开：{}", visible(name), one.verdict.label()))),
        (Some(_), Some(_)) => Err(Failure::usage(format!("有几个文件叫 {}，请写全路径：{names}", visible(name)))),
        (None, _) if names.is_empty() => Err(Failure::usage("这件案例的证明材料中没有图片")),
        (None, _) => Err(Failure::usage(format!("没有图片 {}，可以写：{names}", visible(name)))),
    }
}

fn page(shown: &Shown) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", visible(text));
    };
    let (found, case) = (&shown.found, &shown.case);
    line(&format!("{}  {}《{}》", found.number, case.units.join("、"), case.title));
    let outcome = shown.outcome.map_or("尚未评审", Outcome::label);
    let waits = if shown.outcome.is_some_and(Outcome::is_public) { "" } else { "（确认入选后才会公布）" };
    line(&format!("  评审结果：{outcome}{waits}"));
    line(&format!(
        "  公开的文字：题目、单位、案例介绍（第{}版，{}字）；不公开联系人和电话",
        found.revision, found.reading.introduction.words
    ));
    if case.taken_out > 0 {
        line(&format!("  文字中的联系人姓名、电话等{}处将隐去，生成后请核对这一页", case.taken_out));
    }
    let names = |wanted: &dyn Fn(&Looked) -> bool, with_verdict: bool| {
        let name = |looked: &Looked| match with_verdict {
            true => format!("{}（{}）", looked.file.name, looked.verdict.label()),
            false => looked.file.name.clone(),
        };
        shown.looked.iter().filter(|looked| wanted(looked)).map(name).collect::<Vec<_>>().join("、")
    };
    let meant = names(&|looked| looked.is_meant, false);
    line(&format!("  公开的照片：{}", if meant.is_empty() { "无" } else { &meant }));
    let others = names(&|looked| !looked.is_meant, true);
    if !others.is_empty() {
        line(&format!("  不公开的图片：{others}"));
    }
    if shown.looked.iter().any(|looked| looked.is_meant && looked.verdict == Verdict::PerhapsSeal) {
        line("  请看清所选图片中没有印章");
    }
    out
}

fn refused(why: Refusal) -> Failure {
    match why {
        Refusal::Nothing(case) => Failure::failed(format!("案例 {} 没有登记过同意，没有作任何改动", visible(&case))),
        other => crate::cli::act::refused(other),
    }
}
