//! Where a publication is written: beside its place first, then exchanged for what is there, in one step where the file
//! system can (renameat2(2)). What goes wrong before that leaves the old one as it was.
//!
//! Only a folder that was made so is replaced: it holds a file that says so.

use crate::cli::Failure;
use crate::report::dossier::Entry;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What marks a folder as one of these: a file that begins so, whatever release wrote the rest.
const MARK: &str = "说明.txt";
const MARKED: &str = "\u{feff}本文件夹由 zhihui publish build 生成，重新生成时整体替换，请不要在其中存放其他文件。\r\n";
/// What else stands in it.
const HOLDS: &str = "\r\n\
                      index.html        公布网站的首页，连同 batches、categories、regions、cases、pictures 文件夹上传\r\n\
                      compilation.docx  案例汇编；目录没有页码时，在Word、WPS中按Ctrl+A、F9更新\r\n\
                      copy              供门户网站（portal）和微信公众号（wechat）使用的稿件，不必上传\r\n";

/// A place for a publication.
pub(super) struct Folder {
    place: PathBuf,
    beside: PathBuf,
    is_there: bool,
}

impl Folder {
    /// Looks whether it may be written there.
    pub fn prepare(place: &Path) -> Result<Folder, Failure> {
        let name = place.file_name().ok_or_else(|| Failure::usage("请写一个文件夹的名字，如 --to 公布"))?;
        let beside = place.with_file_name(format!(".{}.zhihui", name.to_string_lossy()));
        let is_there = match fs::symlink_metadata(place) {
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(fault(place, &error)),
            Ok(_) if is_ours(place) => true,
            Ok(found) if found.is_dir() && fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none()) => true,
            Ok(_) => {
                let shown = place.display();
                return Err(Failure::failed(format!("{shown} 已存在，而且不是 zhihui publish build 生成的，没有改动；请换一个名字")));
            }
        };
        Ok(Folder { place: place.to_owned(), beside, is_there })
    }

    /// Whether cases were published there before.
    pub fn has_cases(&self) -> bool {
        self.is_there && is_ours(&self.place) && self.place.join("cases").is_dir()
    }

    /// Writes all of it, then puts it in its place.
    pub fn write(&self, files: &[Entry]) -> Result<(), Failure> {
        match fs::create_dir(&self.beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let left = self.beside.display();
                return Err(Failure::failed(format!("{left} 还在：另一次生成正在进行，或上一次没有完成；确认没有在进行后删除它再试")));
            }
            done => done.map_err(|error| fault(&self.beside, &error))?,
        }
        let done = self.fill(files).and_then(|()| self.exchange());
        if let Err(error) = done {
            // What is half-written is of no use; the old one is still there.
            let _ = fs::remove_dir_all(&self.beside);
            return Err(fault(&self.place, &error));
        }
        Ok(())
    }

    fn fill(&self, files: &[Entry]) -> std::io::Result<()> {
        let mark = Entry { path: MARK.into(), bytes: format!("{MARKED}{HOLDS}").into_bytes() };
        for entry in files.iter().chain([&mark]) {
            let path = self.beside.join(&entry.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = File::options().write(true).create_new(true).open(path)?;
            file.write_all(&entry.bytes)?;
            file.sync_all()?;
        }
        Ok(())
    }

    /// The new one takes the place, and the old one goes.
    fn exchange(&self) -> std::io::Result<()> {
        if !self.is_there {
            return fs::rename(&self.beside, &self.place);
        }
        match renameat_with(CWD, &self.beside, CWD, &self.place, RenameFlags::EXCHANGE) {
            Ok(()) => fs::remove_dir_all(&self.beside),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let old = self.beside.with_extension("old");
                fs::rename(&self.place, &old)?;
                if let Err(error) = fs::rename(&self.beside, &self.place) {
                    fs::rename(&old, &self.place)?;
                    return Err(error);
                }
                fs::remove_dir_all(old)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn is_ours(place: &Path) -> bool {
    let is_folder = fs::symlink_metadata(place).is_ok_and(|found| found.is_dir());
    is_folder && fs::read_to_string(place.join(MARK)).is_ok_and(|text| text.starts_with(MARKED))
}

fn fault(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} 无法写入：{error}；原来的没有改动", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, text: &str) -> Entry {
        Entry { path: path.into(), bytes: text.into() }
    }

    #[test]
    fn a_new_one_takes_the_place_as_a_whole_and_a_failed_one_leaves_the_old() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("公布");
        let write = |files: &[Entry]| Folder::prepare(&place).unwrap().write(files);
        write(&[entry("index.html", "旧"), entry("cases/a.html", "甲")]).unwrap();
        assert!(Folder::prepare(&place).unwrap().has_cases());
        // Another release says more.
        fs::write(place.join(MARK), format!("{MARKED}另一版本")).unwrap();
        write(&[entry("index.html", "新")]).unwrap();
        assert_eq!(fs::read_to_string(place.join("index.html")).unwrap(), "新");
        assert!(!Folder::prepare(&place).unwrap().has_cases());
        assert!(!place.join("cases").exists() && fs::read_dir(dir.path()).unwrap().count() == 1);
        // The same path twice can't be written.
        assert!(write(&[entry("index.html", "更新"), entry("index.html", "又")]).is_err());
        assert_eq!(fs::read_to_string(place.join("index.html")).unwrap(), "新");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_else_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("文档");
        fs::create_dir(&place).unwrap();
        assert!(Folder::prepare(&place).is_ok(), "an empty folder");
        fs::write(place.join("重要.txt"), "重要").unwrap();
        assert!(Folder::prepare(&place).is_err());
        let file = dir.path().join("文件");
        fs::write(&file, "").unwrap();
        let link = dir.path().join("链接");
        std::os::unix::fs::symlink(&place, &link).unwrap();
        assert!(Folder::prepare(&file).is_err() && Folder::prepare(&link).is_err());
    }
}
