//! Where an export is written: a new folder, or a new ZIP archive with fixed times, so that the same files give the same
//! bytes.

use crate::cli::Failure;
use crate::report::dossier::Entry;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// It is there when it is whole, and never over something else.
pub(super) enum Sink {
    Folder(PathBuf),
    Archive(Box<ZipWriter<File>>),
}

impl Sink {
    /// Never over what is there; for its owner only.
    pub fn create(path: &Path) -> std::io::Result<Sink> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
            let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
            return Ok(Sink::Archive(Box::new(ZipWriter::new(file))));
        }
        fs::DirBuilder::new().mode(0o700).create(path)?;
        Ok(Sink::Folder(path.to_owned()))
    }

    /// One file, in a folder of the whole or at its top.
    pub fn write(&mut self, folder: &str, entry: &Entry) -> std::io::Result<()> {
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
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .last_modified_time(DateTime::default())
                    .unix_permissions(0o600);
                let name = if folder.is_empty() { entry.path.clone() } else { format!("{folder}/{}", entry.path) };
                archive.start_file(name, options).map_err(std::io::Error::other)?;
                archive.write_all(&entry.bytes)
            }
        }
    }

    /// The end.
    pub fn finish(self) -> std::io::Result<()> {
        match self {
            Sink::Folder(_) => Ok(()),
            Sink::Archive(archive) => archive.finish().map_err(std::io::Error::other)?.sync_all(),
        }
    }
}

/// Why it can't be written.
pub(super) fn fault(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        ErrorKind::AlreadyExists => Failure::failed(format!("{path} 已存在，请换一个名字")),
        _ => Failure::of_file(path, "无法写入", error),
    }
}
