//! `case add`: what came by WeChat, the office's own system, fax or on paper, through the same rules.

use super::{Consent, window};
use crate::app::App;
use crate::cli::case::detail;
use crate::cli::list::dates;
use crate::cli::output::visible;
use crate::cli::window::campaigns;
use crate::cli::{Failure, actor, output, progress, words};
use crate::intake::handed::Handed;
use crate::store::{CaseRow, HandedMail};
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Add {
    /// 申报表、扫描件、照片和证明材料
    #[arg(value_name = "文件", help_heading = "参数", required = true)]
    files: Vec<PathBuf>,
    /// 来自哪里：微信、OA、传真、纸质
    #[arg(long, value_name = "来源", value_parser = way)]
    source: String,
    /// 什么时候收到的，如 2023-06-30T17:00、2023-06-30、昨天
    #[arg(long, value_name = "时间")]
    received: String,
    /// 属于哪一件已登记的案例：作为它的新版本或补充材料
    #[arg(long = "case", value_name = "编号")]
    of: Option<String>,
    /// 征集活动，如 2023；配置了几个时要写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

fn way(text: &str) -> Result<String, String> {
    let text = text.trim();
    let known =
        [("微信", "微信"), ("wechat", "微信"), ("oa", "OA"), ("传真", "传真"), ("fax", "传真"), ("纸质", "纸质"), ("paper", "纸质")];
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, way)| (*way).to_owned()).ok_or_else(|| "来源请写：微信、OA、传真、纸质".to_owned())
}

impl Add {
    /// Shows what would become of it, and enters it where that is wanted.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let received = self.instant(app.clock.now())?;
        let of = self.known(app).await?;
        let campaign = of.as_ref().map(|case| &case.campaign).or(self.campaign.as_ref());
        let number = of.as_ref().and_then(|case| case.number.clone());
        let handed = Handed { way: self.source.clone(), received, case: number, files: self.read(app)? };
        let daemon = app.daemon(std::env::current_exe().map_err(Failure::failed)?).await?;
        if campaign.is_none() && campaigns(app).len() > 1 {
            return Err(Failure::usage("配置了几个征集活动，请用 --campaign 写明"));
        }
        let mut sources = daemon.sources().iter();
        let source = sources.find(|source| campaign.is_none_or(|id| source.campaign.campaign.id == *id));
        let source = source.ok_or_else(|| Failure::failed("配置中没有这个征集活动"))?;
        let entered = progress::patiently("正在读取文件", daemon.judge().read_handed(&handed, source)).await?;
        if let Some(why) = entered.quarantine() {
            return Err(Failure::failed(format!("不能登记：{}", visible(why))));
        }
        let by = || actor::by(app, Some(&self.consent.reason));
        let known = || Failure::failed("同样的文件已按同一来源、同一时间登记过，没有重复登记");
        let shown = daemon.judge().enter(&entered, source, &by(), false).await?.ok_or_else(known)?;
        output::print(&page(&shown))?;
        if let Some(number) = handed.case.as_ref().filter(|number| shown.cases.iter().all(|case| case.number.as_ref() != Some(number))) {
            return Err(Failure::failed(format!("文件不能作为 {} 的材料登记，没有登记；请核对文件和编号", visible(number))));
        }
        if shown.cases.is_empty() {
            return Err(Failure::failed(
                "文件中没有读到申报表，没有登记；请附上申报表或它的扫描件\n属于已登记案例的补充材料，请加 --case 编号",
            ));
        }
        if !self.consent.is_given()? {
            return Ok(());
        }
        let meant = daemon.judge().enter(&entered, source, &by(), true).await?.ok_or_else(known)?;
        let names = meant.cases.iter().map(|case| case.number.clone().unwrap_or_else(|| case.id.to_string()));
        eprintln!("已登记，不发信，请视情况告知单位");
        names.for_each(|name| eprintln!("zhihui case show {name}   看登记的情况"));
        Ok(())
    }

    /// The case that it belongs to.
    async fn known(&self, app: &App) -> Result<Option<CaseRow>, Failure> {
        let Some(number) = &self.of else { return Ok(None) };
        let case = detail(app, number).await?.case;
        match (&case.number, &case.merged_into) {
            (None, _) => Err(Failure::failed(format!("{number} 待并案，尚无编号，请先用 zhihui case merge 或 separate 处理"))),
            (_, Some(whole)) => Err(Failure::failed(format!("{number} 已并入 {whole}，请写 --case {whole}"))),
            (Some(_), None) => Ok(Some(case)),
        }
    }

    /// A day is its beginning: what came that day counts for it.
    fn instant(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        let at = dates::instant(&self.received, now)?;
        if at > now { Err(Failure::usage("收到的时间还没有到，请核对 --received")) } else { Ok(at) }
    }

    fn read(&self, app: &App) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let most = app.loaded.config.limits.message_bytes;
        let mut files = Vec::new();
        let mut total = 0;
        for path in &self.files {
            let fault = |error: std::io::Error| Failure::of_file(path.display(), "无法读取", &error);
            let size = std::fs::metadata(path).map_err(fault)?.len();
            total += size;
            // Base64 adds a third, as in every mail.
            if total.saturating_mul(4) / 3 > most {
                return Err(Failure::failed(format!("文件合计超过上限（{}），请分开登记", words::size(most))));
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((name, std::fs::read(path).map_err(fault)?));
        }
        Ok(files)
    }
}

fn page(handed: &HandedMail) -> String {
    let mut out = String::new();
    let mut line = |text: &str| output::put(&mut out, "", "    ", text);
    line(&format!("{}：{}", words::disposition(Some(&handed.disposition)), handed.because));
    for case in &handed.cases {
        let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
        let number = case.number.clone().unwrap_or_else(|| "（待并案，尚无编号）".into());
        line(&format!("{number}  第{}版  {}《{}》", case.revision, blank(&case.unit), blank(&case.title)));
        line(&format!("  状态：{}  征集窗口：{}", words::status(&case.status), window(&case.place)));
        for (severity, sentence) in &case.defects {
            line(&format!("  {}  {sentence}", if severity == "correct" { "需补正" } else { "待核查" }));
        }
    }
    out
}
