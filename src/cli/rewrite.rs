//! A file of the office's, written anew: as a whole or not at all, with what it was before kept beside it.

use super::Failure;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many earlier files are kept beside one before somebody has to clear them away.
const MOST_KEPT: u32 = 999;

/// Puts `text` in the place of `before`; the result is where that is kept. Refused where the file says something else by now.
pub fn rewrite(path: &Path, before: &str, text: &str) -> Result<PathBuf, Failure> {
    let fault = |error: std::io::Error| Failure::failed(format!("{} 无法改写：{error}", path.display()));
    // What a link points to is written, and the link stays.
    let path = &fs::canonicalize(path).map_err(fault)?;
    if fs::read(path).map_err(fault)? != before.as_bytes() {
        return Err(Failure::later(format!("{} 刚刚被改动过，请核对后重试", path.display())));
    }
    let kept = keep(path, before).map_err(fault)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write(&beside, path, text).and_then(|()| fs::rename(&beside, path)).and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(fault)?;
    Ok(kept)
}

fn write(beside: &Path, like: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(beside)?;
    file.set_permissions(fs::metadata(like)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// `campaign-2023.toml.bak`, `campaign-2023.toml.bak2`: no earlier copy is overwritten.
fn keep(path: &Path, before: &str) -> std::io::Result<PathBuf> {
    for n in 1..=MOST_KEPT {
        let mut name = path.as_os_str().to_owned();
        name.push(if n == 1 { ".bak".to_owned() } else { format!(".bak{n}") });
        let kept = PathBuf::from(name);
        match write(&kept, path, before) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            outcome => return outcome.map(|()| kept),
        }
    }
    Err(std::io::Error::other("留存的旧文件太多，请先清理 .bak 文件"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_its_earlier_texts_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("campaign.toml");
        fs::write(&path, "一").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(rewrite(&path, "另一", "二").is_err(), "somebody changed it meanwhile");
        let first = rewrite(&path, "一", "二").unwrap();
        let second = rewrite(&link, "二", "三").unwrap();
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!((read(&path), read(&first), read(&second)), ("三".to_owned(), "一".to_owned(), "二".to_owned()));
        assert!(first.ends_with("campaign.toml.bak") && second.ends_with("campaign.toml.bak2"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(folder.path().read_dir().unwrap().count(), 4, "nothing half-written is left");
    }
}
