//! `case edit`, `case confirm-seal` and `case set-focus`: what people settle about a case. It stands over every reading.

use super::{Consent, long, perform, value};
use crate::app::App;
use crate::cli::Failure;
use crate::cli::case::detail;
use crate::cli::list::Desk;
use crate::config::CampaignFile;
use crate::daemon::desk::Deed;
use crate::model::reading::Seal;
use crate::model::ruling::Field;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Edit {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 栏目=内容，可写几次，栏目见下
    #[arg(long = "field", value_name = "栏目=内容", required_unless_present = "as_read")]
    fields: Vec<String>,
    /// 取消这一栏的人工确定，恢复为申报表所写，可写几次
    #[arg(long, value_name = "栏目", conflicts_with = "fields")]
    as_read: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct ConfirmSeal {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// present 有本单位公章，absent 没有
    #[arg(value_name = "present|absent", help_heading = "参数", required = true, value_enum, hide_possible_values = true)]
    seal: Confirmed,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Confirmed {
    #[value(alias = "有")]
    Present,
    #[value(alias = "无")]
    Absent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct SetFocus {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 重点方面，用顿号或逗号隔开，写“无”则一个也不属于
    #[arg(value_name = "方面", help_heading = "参数", required = true)]
    focus: String,
    #[command(flatten)]
    consent: Consent,
}

impl Edit {
    /// Settles fields, or takes that back.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        if !self.as_read.is_empty() {
            let fields = self.as_read.iter().map(|field| value::field(field)).collect::<Result<Vec<Vec<Field>>, _>>()?.concat();
            return perform(app, &self.numbers, &Deed::Revert(fields), &self.consent, "已恢复为申报表所写").await;
        }
        let desk = Desk::new(app).await?;
        let mut values = Vec::new();
        for given in &self.fields {
            let (field, text) = given.split_once(['=', '＝']).ok_or_else(|| {
                Failure::usage(format!("请写成 栏目=内容，如 --field 案例题目=…；“{}”中没有等号", crate::cli::output::visible(given)))
            })?;
            let parsed = match value::field(field)?.as_slice() {
                [one] if long::has_lines(*one) => vec![(*one, long::parse(*one, text, &self.campaign(app).await?.campaign)?)],
                _ => value::parse(field, text, &desk)?,
            };
            for (field, value) in parsed {
                if values.iter().any(|(known, _)| *known == field) {
                    return Err(Failure::usage(format!("“{}”写了两次", field.label())));
                }
                values.push((field, value));
            }
        }
        value::check_other(&values)?;
        perform(app, &self.numbers, &Deed::Settle(values), &self.consent, "已改").await
    }
}

impl Edit {
    /// By whose rules a text is read: those of the one campaign that the cases are of.
    async fn campaign<'a>(&self, app: &'a App) -> Result<&'a CampaignFile, Failure> {
        let mut ids = BTreeSet::new();
        for number in &self.numbers {
            ids.insert(detail(app, number).await?.case.campaign);
        }
        let mut files = app.loaded.campaigns.values().filter(|file| ids.contains(&file.campaign.id));
        match (files.next(), ids.len()) {
            (Some(file), 1) => Ok(file),
            (_, 1) => Err(Failure::failed("配置中没有这件案例所属的征集活动，不能按它的规定读取文字")),
            _ => Err(Failure::usage("案例属于不同的征集活动，请分开执行")),
        }
    }
}

impl ConfirmSeal {
    /// Settles whether the seal is there.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let seal = match self.seal {
            Confirmed::Present => Seal::Present,
            Confirmed::Absent => Seal::Absent,
        };
        perform(app, &self.numbers, &Deed::Settle(vec![(Field::Seal, json!(seal))]), &self.consent, "已确认公章").await
    }
}

impl SetFocus {
    /// Settles the focus areas.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let values = value::parse(Field::FocusAreas.as_str(), &self.focus, &Desk::new(app).await?)?;
        perform(app, &self.numbers, &Deed::Settle(values), &self.consent, "已确定重点方面").await
    }
}
