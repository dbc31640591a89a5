//! `review export`: each reviewer's pack and scoring sheet, into a new folder.

use super::{batch_name, reviewer, round, unless_closed};
use crate::app::{self, App};
use crate::cli::output::visible;
use crate::cli::{Failure, actor};
use crate::config::CampaignFile;
use crate::model::review::{ReviewMode, Reviewer};
use crate::review::assignment::{edition, shuffled};
use crate::review::blind::{Blinded, Hiding, Rules, blinded};
use crate::review::pack::Pack;
use crate::review::sheet::Sheet;
use crate::store::Round;
use clap::Args;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Export {
    /// 批次，默认为正在进行的那一个
    #[arg(value_name = "批次", help_heading = "参数")]
    batch: Option<String>,
    /// 写到这个文件夹，须还不存在
    #[arg(long, value_name = "文件夹")]
    to: PathBuf,
    /// 只导出这位专家的，写代号或姓名
    #[arg(long, value_name = "专家")]
    reviewer: Option<String>,
    /// 材料中另外要隐去的词，可写几次；对本次评审以后的导出都有效
    #[arg(long, value_name = "词", value_parser = mask)]
    mask: Vec<String>,
    /// 不再隐去这个词，可写几次
    #[arg(long, value_name = "词", value_parser = mask)]
    unmask: Vec<String>,
}

/// A shorter word stands in others, and a longer one is a sentence.
fn mask(word: &str) -> Result<String, String> {
    let word = word.trim();
    match word.chars().filter(|c| !c.is_whitespace()).count() {
        2..=60 => Ok(word.to_owned()),
        _ => Err("请写2至60个字的词，如姓名、单位名称".into()),
    }
}

impl Export {
    /// Writes the packs.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (file, round) = round(app, self.batch.as_deref()).await?;
        unless_closed(&round)?;
        let Some(seed) = round.seed.as_deref() else {
            return Err(Failure::failed("还没有分配专家，请先用 zhihui review assign --seed 种子 --reason 原因"));
        };
        let only = self.reviewer.as_deref().map(|word| reviewer(&round, word)).transpose()?;
        let masks = self.masks(&round)?;
        let cases = blind(app, &file, &round, &masks).await?;
        let chosen: Vec<&Reviewer> = round.members.iter().filter(|member| only.is_none_or(|code| code == member.code)).collect();
        let written = |error: std::io::Error| Failure::failed(format!("{} 无法写入：{error}", self.to.display()));
        folder(&self.to).map_err(written)?;
        for member in &chosen {
            let own = in_order(&round, seed, member, &cases);
            let files = files(&file, &round, member, &own).map_err(Failure::failed)?;
            let place = self.to.join(&member.code);
            folder(&place).map_err(written)?;
            for (name, bytes) in files {
                write(&place.join(name), &bytes).map_err(written)?;
            }
        }
        let by = actor::by(app, None);
        let mut tx = app.store.begin().await?;
        if masks != round.masks {
            tx.set_masks((&round.campaign, &round.batch), &masks, &by).await?;
        }
        tx.note_packs(&round.batch, chosen.len(), &by);
        tx.commit().await?;
        eprintln!("已为{}位专家写出评审材料和评分表：{}", chosen.len(), self.to.display());
        if !masks.is_empty() {
            eprintln!("{}", visible(&format!("另外隐去：{}", masks.join("、"))));
        }
        doubts(&cases);
        Ok(())
    }

    /// What was left out before, and what is to be from now on.
    fn masks(&self, round: &Round) -> Result<Vec<String>, Failure> {
        if let Some(word) = self.unmask.iter().find(|word| !round.masks.contains(word)) {
            let all = if round.masks.is_empty() { "（没有）".into() } else { round.masks.join("、") };
            return Err(Failure::failed(visible(&format!("没有另外隐去过“{word}”；另外隐去的是：{all}"))));
        }
        let mut masks: Vec<String> = round.masks.iter().filter(|word| !self.unmask.contains(word)).chain(&self.mask).cloned().collect();
        masks.sort();
        masks.dedup();
        Ok(masks)
    }
}

/// What a person looks at before a pack goes out.
fn doubts(cases: &BTreeMap<i64, (String, Blinded)>) {
    let mut shown: Vec<(&str, String)> = Vec::new();
    for (code, case) in cases.values().filter(|(code, _)| !code.is_empty()) {
        let told = [("单位", &case.doubtful), ("人名", &case.people)];
        let told: Vec<String> =
            told.iter().filter(|(_, words)| !words.is_empty()).map(|(what, words)| format!("像是{what}的：{}", words.join("、"))).collect();
        if !told.is_empty() {
            shown.push((code, told.join("；")));
        }
    }
    shown.sort();
    for (code, told) in &shown {
        eprintln!("{}", visible(&format!("请看一遍  {code}  {told}")));
    }
    if !shown.is_empty() {
        eprintln!("以上词语没有隐去：登记中没有，也不能确定。请在发出前核对材料中的这{}件，要隐去的用 --mask 词 重新导出", shown.len());
    }
}

/// Every case as a pack shows it, by its row, with its code.
pub(super) async fn blind(
    app: &App,
    file: &CampaignFile,
    round: &Round,
    masks: &[String],
) -> Result<BTreeMap<i64, (String, Blinded)>, Failure> {
    let (roster, regions) = (app.store.roster(&file.campaign.id).await?, app::regions()?);
    let hiding = match round.rules.mode {
        ReviewMode::Blind => Hiding::Blind,
        ReviewMode::Open => Hiding::PeopleOnly,
    };
    let rules = Rules { campaign: &file.campaign, roster: &roster, regions: &regions, hiding, masks };
    let readings = app.store.review_readings(&round.cases).await?;
    let known = round.cases.iter().filter(|case| !case.is_out()).filter_map(|case| Some((case, readings.get(&case.id)?)));
    let each = known.map(|(case, (reading, senders))| {
        let hidden = blinded(reading, senders, &rules).map_err(Failure::failed)?;
        Ok((case.id, (case.code.clone().unwrap_or_default(), hidden)))
    });
    each.collect()
}

/// A reviewer's cases, in an order of the reviewer's own.
fn in_order<'a>(round: &Round, seed: &str, member: &Reviewer, cases: &'a BTreeMap<i64, (String, Blinded)>) -> Vec<(&'a str, &'a Blinded)> {
    let own: Vec<&(String, Blinded)> =
        round.tasks.iter().filter(|(_, code)| *code == member.code).filter_map(|(case, _)| cases.get(case)).collect();
    let codes: Vec<String> = own.iter().map(|(code, _)| code.clone()).collect();
    let order = shuffled(seed, &member.code, &codes);
    order.into_iter().filter_map(|at| own.get(at)).map(|(code, case)| (code.as_str(), case)).collect()
}

fn files(file: &CampaignFile, round: &Round, member: &Reviewer, own: &[(&str, &Blinded)]) -> Result<[(String, Vec<u8>); 2], String> {
    let batch = batch_name(file, &round.batch);
    let pack = Pack { campaign: &file.campaign, rules: &round.rules, batch: &batch, reviewer: &member.code, cases: own };
    let titles: Vec<(&str, &str)> = own.iter().map(|(code, case)| (*code, case.title.as_str())).collect();
    let brand = &file.campaign.brand.name;
    let edition = edition(round.seed.as_deref().unwrap_or_default());
    let sheet = Sheet { brand, rules: &round.rules, batch: &round.batch, reviewer: member, edition: &edition, cases: &titles };
    Ok([(format!("评审材料_{}.docx", member.code), pack.docx()?), (format!("评分表_{}.xlsx", member.code), sheet.xlsx()?)])
}

/// Never over what is there; for its owner only.
fn folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
