//! The filters and the format that every list shares.

use super::Failure;
use super::output::Format;
use crate::model::time;
use crate::store::Filter;
use clap::Args;
use jiff::{Timestamp, civil::Date};

/// 每个列表共用的筛选条件
#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct ListArgs {
    /// 状态，取值见下
    #[arg(long, value_name = "状态")]
    status: Option<String>,
    /// 征集窗口，如 2023-06、2023-H1
    #[arg(long, value_name = "窗口")]
    window: Option<String>,
    /// 阶段性征集批次，如 2023-H1
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
    /// 市州，如 十堰，省直为 province
    #[arg(long, value_name = "市州")]
    region: Option<String>,
    /// 渠道：direct 直接报送，local 地方征集
    #[arg(long, value_name = "渠道")]
    channel: Option<String>,
    /// 类别，如 metrology、standards
    #[arg(long, value_name = "类别")]
    category: Option<String>,
    /// 重点方面，如 small_business
    #[arg(long, value_name = "方面")]
    focus: Option<String>,
    /// 报送单位名称中的文字
    #[arg(long, value_name = "单位")]
    unit: Option<String>,
    /// 从这一天起收到的，如 2023-06-01
    #[arg(long, value_name = "日期")]
    since: Option<String>,
    /// 在这一天之前收到的，如 2023-07-01
    #[arg(long, value_name = "日期")]
    until: Option<String>,
    /// 其中的文字
    #[arg(long, value_name = "文字")]
    text: Option<String>,
    /// 征集活动，如 2023
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    /// 最多列出几条，默认全部
    #[arg(long, value_name = "条数")]
    limit: Option<u32>,
    /// 输出格式：table、json、jsonl 或 csv，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    pub format: Format,
}

impl ListArgs {
    /// As the store takes them.
    pub fn filter(&self) -> Result<Filter, Failure> {
        Ok(Filter {
            status: self.status.clone(),
            window: self.window.clone(),
            batch: self.batch.clone(),
            region: self.region.clone(),
            channel: self.channel.clone(),
            category: self.category.clone(),
            focus: self.focus.clone(),
            unit: self.unit.clone(),
            since: self.since.as_deref().map(instant).transpose()?,
            until: self.until.as_deref().map(instant).transpose()?,
            text: self.text.clone(),
            campaign: self.campaign.clone(),
            case: None,
            limit: self.limit,
        })
    }
}

/// `2023-06-01` (its first second in Asia/Shanghai), or an instant in RFC 3339.
pub fn instant(text: &str) -> Result<Timestamp, Failure> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10).and_then(time::start_of);
    day.or_else(|| text.parse().ok())
        .ok_or_else(|| Failure::usage(format!("“{text}”不是日期或时刻，应写成 2023-06-01 或 2023-06-01T08:00:00+08:00 这样")))
}
