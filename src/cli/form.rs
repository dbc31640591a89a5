//! `form`: the blank Annex 2.

use super::Failure;
use crate::config::{CampaignFile, load_campaign};
use crate::intake::blank_form::blank_form;
use clap::Args;
use std::path::{Path, PathBuf};

/// 写出空白申报表（附件2）
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui form [选项] [文件]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui form\n  zhihui form 申报表.docx"
)]
pub struct Form {
    /// 写到哪个文件，默认以申报表为名写在当前文件夹
    #[arg(value_name = "文件", help_heading = "参数")]
    output: Option<PathBuf>,
    /// 征集活动文件，默认用配置中的或内置的
    #[arg(long, value_name = "文件")]
    campaign: Option<PathBuf>,
}

impl Form {
    /// Writes it; an existing file is not overwritten.
    pub fn run(&self, config: Option<&Path>) -> Result<(), Failure> {
        let campaign = campaign(self.campaign.as_deref(), config)?;
        let bytes = blank_form(&campaign.campaign).map_err(Failure::failed)?;
        let path = self.output.clone().unwrap_or_else(|| PathBuf::from(&campaign.campaign.form.file_name));
        let mut file = std::fs::File::options().write(true).create_new(true).open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::failed(format!("{} 已存在，请换一个文件名", path.display())),
            _ => Failure::of_file(path.display(), "无法写入", &error),
        })?;
        std::io::Write::write_all(&mut file, &bytes).map_err(Failure::failed)?;
        eprintln!("已写出 {}", path.display());
        Ok(())
    }
}

/// The campaign file that was named, else the configuration's first, else the built-in one.
pub fn campaign(named: Option<&Path>, config: Option<&Path>) -> Result<CampaignFile, Failure> {
    campaign_and_path(named, config).map(|(campaign, _)| campaign)
}

/// As [`campaign`], by the campaign's name too.
pub fn campaign_named(named: Option<&str>, config: Option<&Path>) -> Result<CampaignFile, Failure> {
    let Some(named) = named else { return campaign(None, config) };
    let path = Path::new(named);
    if path.exists() || path.extension().is_some() {
        return campaign(Some(path), config);
    }
    let known = campaign(None, config)?;
    if known.campaign.id == named.trim() {
        return Ok(known);
    }
    let (named, id) = (super::output::visible(named), &known.campaign.id);
    Err(Failure::usage(format!("没有“{named}”这个征集活动，也没有这个文件\n可以写：{id}，或征集活动文件，如 campaign-2024.toml")))
}

/// The same, with where it lies; nowhere for the built-in one.
pub fn campaign_and_path(named: Option<&Path>, config: Option<&Path>) -> Result<(CampaignFile, Option<PathBuf>), Failure> {
    if let Some(path) = named {
        return Ok((load_campaign(path)?, Some(path.to_owned())));
    }
    let default = Path::new("config/zhihui.toml");
    if config.is_none() && std::env::var_os("ZHIHUI_CONFIG").is_none() && !default.exists() {
        return Ok((CampaignFile::builtin()?, None));
    }
    let loaded = crate::config::Config::load(config, crate::config::environment())?;
    let first = loaded.config.mailboxes.first().and_then(|mailbox| loaded.campaigns.get_key_value(&mailbox.campaign));
    match first {
        Some((path, campaign)) => Ok((CampaignFile::clone(campaign), Some(path.clone()))),
        None => Ok((CampaignFile::builtin()?, None)),
    }
}
