//! `case export`: cases as files, into a new folder or a new ZIP archive.

use super::output::visible;
use super::{Failure, roster};
use crate::app::App;
use crate::model::audit::Act;
use crate::report::dossier::{self, Dossier, Entry};
use crate::store::CaseDetail;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Export {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 写到哪个新文件夹，以 .zip 结尾的写成压缩包
    #[arg(long, value_name = "文件夹或压缩包")]
    to: PathBuf,
    /// 案例记录中写明联系人姓名和电话，默认隐去；须两人先后运行同样的命令
    #[arg(long, requires = "reason")]
    with_contacts: bool,
    /// 为什么要写明，记入审计日志
    #[arg(long, value_name = "原因", value_parser = super::act::reason)]
    reason: Option<String>,
}

/// Where it is written.
enum Sink {
    Folder(PathBuf),
    Archive(Box<ZipWriter<File>>),
}

impl Export {
    /// Finds every case before anything is written.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut cases = Vec::new();
        let mut known = BTreeSet::new();
        for number in &self.numbers {
            let detail = app.store.case_detail(number).await?;
            let unknown = || Failure::failed(format!("没有编号为 {} 的案例，请用 zhihui case list 查看", visible(number)));
            let detail = detail.ok_or_else(unknown)?;
            if known.insert(detail.case.id) {
                cases.push((number, detail));
            }
        }
        if self.with_contacts && !self.is_granted(app, &cases).await? {
            return Ok(());
        }
        let mut sink = Sink::create(&self.to).map_err(|error| self.fault(&error))?;
        let (mut files, mut missing) = (0, 0);
        for (number, detail) in &cases {
            let (entries, lost) = self.entries(app, detail).await?;
            let folder = dossier::folder(detail.case.number.as_deref().unwrap_or(number), detail.case.title.as_deref());
            for entry in &entries {
                sink.write(&folder, entry).map_err(|error| self.fault(&error))?;
            }
            files += entries.len();
            missing += lost;
        }
        sink.finish().map_err(|error| self.fault(&error))?;
        eprintln!("已写出 {}：{}件案例，{files}个文件", self.to.display(), cases.len());
        if missing == 0 { Ok(()) } else { Err(Failure::failed(format!("其中{missing}个文件缺失或损坏，没有写出"))) }
    }

    /// Names and numbers go out when two persons want the same cases.
    async fn is_granted(&self, app: &App, cases: &[(&String, CaseDetail)]) -> Result<bool, Failure> {
        let mut names: Vec<String> =
            cases.iter().map(|(_, detail)| detail.case.number.clone().unwrap_or_else(|| detail.case.id.to_string())).collect();
        names.sort();
        let by = super::actor::by(app, self.reason.as_deref());
        let subject = format!("export/{}", names.join(","));
        roster::granted(&app.store.approve(Act::ContactsExported, &subject, &json!({"cases": names.len()}), &by).await?)
    }

    /// The files of one case, and how many of them are not as they were kept.
    async fn entries(&self, app: &App, detail: &CaseDetail) -> Result<(Vec<Entry>, usize), Failure> {
        let mut dossier = Dossier::default();
        let record = serde_json::to_value(detail).map_err(Failure::failed)?;
        let record = if self.with_contacts { record } else { dossier::masked(record) };
        dossier.add("", "案例.json", (serde_json::to_string_pretty(&record).map_err(Failure::failed)? + "\n").into_bytes());
        let mut wanted: Vec<(&str, String, &str)> = Vec::new();
        let mut forms = BTreeSet::new();
        for revision in detail.revisions.iter().filter(|revision| !revision.form_sha256.is_empty()) {
            if forms.insert(revision.form_sha256.as_str()) {
                let name = format!("第{}版 {}", revision.revision, dossier::safe(&revision.reading.form.file));
                wanted.push(("申报表", name, &revision.form_sha256));
            }
        }
        let mut evidence = BTreeSet::new();
        for file in detail.evidence.iter().filter(|file| !forms.contains(file.sha256.as_str())) {
            if evidence.insert((&file.sha256, &file.name)) {
                wanted.push(("证明材料", file.name.clone(), &file.sha256));
            }
        }
        let mut missing = 0;
        for (folder, name, sha256) in wanted {
            match app.blobs.get(sha256).await {
                Ok(bytes) => dossier.add(folder, &name, bytes),
                Err(error) => {
                    eprintln!("{} 没有写出：{error}", visible(&name));
                    missing += 1;
                }
            }
        }
        Ok((dossier.into_entries(), missing))
    }

    fn fault(&self, error: &std::io::Error) -> Failure {
        let path = self.to.display();
        match error.kind() {
            ErrorKind::AlreadyExists => Failure::failed(format!("{path} 已存在，请换一个名字")),
            _ => Failure::failed(format!("{path} 无法写入：{error}")),
        }
    }
}

impl Sink {
    /// Never over what is there; for its owner only.
    fn create(path: &Path) -> std::io::Result<Sink> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
            let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
            return Ok(Sink::Archive(Box::new(ZipWriter::new(file))));
        }
        fs::DirBuilder::new().mode(0o700).create(path)?;
        Ok(Sink::Folder(path.to_owned()))
    }

    fn write(&mut self, folder: &str, entry: &Entry) -> std::io::Result<()> {
        match self {
            Sink::Folder(root) => {
                let path = root.join(folder).join(&entry.path);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                let mut file = File::options().write(true).create_new(true).open(path)?;
                file.write_all(&entry.bytes)?;
                file.sync_all()
            }
            Sink::Archive(archive) => {
                let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o600);
                archive.start_file(format!("{folder}/{}", entry.path), options).map_err(std::io::Error::other)?;
                archive.write_all(&entry.bytes)
            }
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Sink::Folder(_) => Ok(()),
            Sink::Archive(archive) => archive.finish().map_err(std::io::Error::other)?.sync_all(),
        }
    }
}
