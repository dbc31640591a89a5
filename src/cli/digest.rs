//! `digest preview|send|unsent`: the weekly digest before it goes, and once more where somebody says why.

use super::Failure;
use super::list::{Desk, resolve};
use super::output::{self, visible};
use super::unsent::Unsent;
use crate::app::App;
use crate::config::{CampaignFile, values::Correspondent};
use crate::daemon::{Editor, Queued, Wanted};
use crate::model::audit::By;
use crate::report::{week::Week, words};
use crate::store::DigestKey;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 看周报、发周报，列出未报送名单
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui digest [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui digest preview\n  zhihui digest preview --week 2023-W26 --open\n  zhihui digest send --week 2023-W26\n  zhihui digest unsent"
)]
pub struct Digest {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 看一周的周报，不发出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui digest preview [选项]",
        after_help = "示例：\n  zhihui digest preview\n  zhihui digest preview --week 2023-W26 --open\n  zhihui digest preview --html 周报.html --docx 周报.docx --xlsx 台账.xlsx\n  zhihui digest preview --region 十堰 --text\n\n默认显示最近一期的文字版；2023-W26 指2023年第26周（6月26日—7月2日）"
    )]
    Preview(Preview),
    /// 把一周的周报放入发件箱，每位收件人每周一封
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui digest send [选项] --week <周>",
        after_help = "示例：\n  zhihui digest send --week 2023-W26\n  zhihui digest send --week 2023-W26 --yes\n  zhihui digest send --week 2023-W26 --reason 更正十堰件数 --yes\n\n不加 --yes 只列出将发给谁；已经发过的，写明 --reason 才再发一次"
    )]
    Send(Send),
    /// 列出还没有报送的市州和单位，附可发到工作群的文字
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui digest unsent [选项]",
        after_help = "示例：\n  zhihui digest unsent\n  zhihui digest unsent --window 2023-06 --text\n  zhihui digest unsent --units 单位名单.xlsx\n\n只列出，不发送"
    )]
    Unsent(Unsent),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Preview {
    /// 哪一周，如 2023-W26，默认最近一期
    #[arg(long, value_name = "周")]
    week: Option<Week>,
    /// 只看一个市州，如 十堰，省直单位写 省直
    #[arg(long, value_name = "市州")]
    region: Option<String>,
    /// 显示文字版（默认）
    #[arg(long, conflicts_with_all = ["html", "open"])]
    text: bool,
    /// 写出网页版，不写文件名则显示
    #[arg(long, value_name = "文件", num_args = 0..=1, default_missing_value = "-")]
    html: Option<PathBuf>,
    /// 用浏览器打开网页版
    #[arg(long)]
    open: bool,
    /// 写出所附的一页 Word 文档
    #[arg(long, value_name = "文件")]
    docx: Option<PathBuf>,
    /// 写出所附的台账
    #[arg(long, value_name = "文件")]
    xlsx: Option<PathBuf>,
    /// 征集活动，如 2023；配置了几个时要写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Send {
    /// 哪一周，如 2023-W26
    #[arg(long, value_name = "周")]
    week: Week,
    /// 只发给这个地址，可以写几次；默认配置中的全部收件人
    #[arg(long, value_name = "地址")]
    to: Vec<String>,
    /// 已经发过的为什么再发一次
    #[arg(long, value_name = "原因", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
    /// 确认放入发件箱
    #[arg(long)]
    yes: bool,
    /// 征集活动，如 2023，默认全部
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
}

impl Digest {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let editor = app.editor().await?;
        match &self.action {
            Action::Preview(preview) => preview.run(&editor).await,
            Action::Send(send) => send.run(app, &editor).await,
            Action::Unsent(unsent) => unsent.run(&editor).await,
        }
    }
}

/// A campaign by its key, else the only one.
pub(super) fn campaign(editor: &Editor, id: Option<&str>) -> Result<Arc<CampaignFile>, Failure> {
    let known = || editor.campaigns.iter().map(|one| one.campaign.id.as_str()).collect::<Vec<_>>().join("、");
    if id.is_none() && editor.campaigns.len() > 1 {
        return Err(Failure::usage(format!("配置了几个征集活动，请用 --campaign 写明：{}", known())));
    }
    let found = editor.campaigns.iter().find(|one| id.is_none_or(|id| one.campaign.id == id));
    found.cloned().ok_or_else(|| Failure::usage(format!("配置中没有征集活动“{}”，可写的有：{}", visible(id.unwrap_or_default()), known())))
}

impl Preview {
    async fn run(&self, editor: &Editor) -> Result<(), Failure> {
        let file = campaign(editor, self.campaign.as_deref())?;
        let scope = match &self.region {
            Some(name) => match resolve("市州", name, &Desk::of_file(&file, editor.clock.now())?.regions())?.as_str() {
                "unknown" => return Err(Failure::usage("周报只分市州和省直")),
                region => region.to_owned(),
            },
            None => String::new(),
        };
        // The schedule of the digest that is asked about, so that the same days are told.
        let own = editor.config.digests.iter().find(|settings| editor.scope(settings) == scope);
        let settings = own.cloned().unwrap_or_default();
        let period = editor.period(&settings, self.week).ok_or_else(|| Failure::usage("日期超出范围"))?;
        let wanted = Wanted { campaign: file, scope, period };
        let draft = editor.draft(&wanted).await?;
        for (path, extension) in [(&self.docx, ".docx"), (&self.xlsx, ".xlsx")] {
            let file = draft.files.iter().find(|(name, _)| name.ends_with(extension));
            if let (Some(path), Some((_, bytes))) = (path, file) {
                write_new(path, bytes)?;
            }
        }
        match &self.html {
            Some(path) if path == Path::new("-") => output::print(&draft.html()?)?,
            Some(path) => write_new(path, draft.html()?.as_bytes())?,
            None => {}
        }
        if self.open {
            return open(&draft.html()?, &wanted);
        }
        let only_files = self.html.is_some() || self.docx.is_some() || self.xlsx.is_some();
        if self.text || !only_files { output::print(&draft.text()) } else { Ok(()) }
    }
}

/// Into a folder that only this user can read, then to the desktop's browser.
fn open(html: &str, wanted: &Wanted) -> Result<(), Failure> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let folder = std::env::temp_dir().join(format!("zhihui-{}-{}", std::process::id(), wanted.period.week));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(Failure::failed)?;
    let path = folder.join("digest.html");
    let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(Failure::failed)?;
    std::io::Write::write_all(&mut file, html.as_bytes()).map_err(Failure::failed)?;
    let opened = std::process::Command::new("xdg-open").arg(&path).status();
    match opened {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::failed(format!("没有可用的浏览器；网页版已写在 {}，可以拷到别的机器上打开", path.display()))),
    }
}

/// An existing file is not overwritten.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::failed(format!("{} 已存在，请换一个文件名", path.display())),
        _ => Failure::of_file(path.display(), "无法写入", &error),
    })?;
    std::io::Write::write_all(&mut file, bytes).map_err(Failure::failed)?;
    eprintln!("已写出 {}", path.display());
    Ok(())
}

/// One digest for one recipient.
struct Item<'a> {
    wanted: Wanted,
    to: &'a Correspondent,
    copies: u32,
}

impl Send {
    async fn run(&self, app: &App, editor: &Editor) -> Result<(), Failure> {
        let items = self.items(editor).await?;
        if items.is_empty() {
            return Err(Failure::failed("没有收件人：请在配置的 [[digest]] 中写上 to，或核对 --to 的地址"));
        }
        let (again, first): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.copies > 0);
        let chosen: Vec<Item> = match &self.reason {
            Some(_) => first.into_iter().chain(again).collect(),
            None => {
                for item in &again {
                    eprintln!("{} 的 {} 周报已经发过，要再发一次请用 --reason 写明原因", item.to, self.week);
                }
                first
            }
        };
        if chosen.is_empty() {
            return Err(Failure::failed("没有放入发件箱的周报"));
        }
        for item in &chosen {
            let whose = if item.wanted.scope.is_empty() { "全省" } else { words::region(Some(&item.wanted.scope), &editor.regions) };
            let days = words::days(item.wanted.period.from, item.wanted.period.last_day());
            eprintln!("{}　{}周报（{days}）{}", item.to, whose, if item.copies > 0 { "　再发一次" } else { "" });
        }
        if !self.yes {
            eprintln!("以上{}封还没有放入发件箱；加上 --yes 就放入", chosen.len());
            return Ok(());
        }
        self.queue(editor, &chosen, &super::actor::by(app, self.reason.as_deref())).await
    }

    async fn queue(&self, editor: &Editor, chosen: &[Item<'_>], by: &By) -> Result<(), Failure> {
        let mut queued = 0;
        for item in chosen {
            let draft = editor.draft(&item.wanted).await?;
            match editor.queue(&item.wanted, &draft, &item.to.to_string(), item.copies, by).await? {
                Queued::Now(_) => queued += 1,
                Queued::Already => eprintln!("{} 的周报刚刚已由别的进程放入发件箱", item.to),
            }
        }
        eprintln!("已放入发件箱{queued}封，由 zhihui run 或 zhihui poll 发出");
        Ok(())
    }

    /// Everybody who is to have this week's digest.
    async fn items<'a>(&self, editor: &'a Editor) -> Result<Vec<Item<'a>>, Failure> {
        let campaigns = match &self.campaign {
            Some(id) => vec![campaign(editor, Some(id))?],
            None => editor.campaigns.clone(),
        };
        let mut items = Vec::new();
        for campaign in campaigns {
            for settings in editor.config.digests.iter().filter(|settings| settings.is_of(&campaign.campaign.id)) {
                let scope = editor.scope(settings);
                let period = editor.period(settings, Some(self.week)).ok_or_else(|| Failure::usage("日期超出范围"))?;
                for to in settings.to.iter().filter(|to| self.is_meant(&to.0.address)) {
                    let week = period.week.to_string();
                    let key = DigestKey { campaign: &campaign.campaign.id, scope: &scope, week: &week, recipient: &to.0.address, copy: 0 };
                    let copies = editor.store.digest_copies(&key).await?;
                    items.push(Item { wanted: Wanted { campaign: campaign.clone(), scope: scope.clone(), period }, to, copies });
                }
            }
        }
        Ok(items)
    }

    fn is_meant(&self, address: &str) -> bool {
        self.to.is_empty() || self.to.iter().any(|own| own.trim().eq_ignore_ascii_case(address))
    }
}

/// A file that a person names, bounded.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    const LARGEST: u64 = 50 << 20;
    let fault = |error: std::io::Error| Failure::of_file(path.display(), "无法读取", &error);
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(fault)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::failed(format!("{} 超过 50 MB，请核对是不是这个文件", path.display())));
    }
    Ok(bytes)
}
